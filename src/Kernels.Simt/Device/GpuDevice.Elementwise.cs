namespace Engram.Kernels.Simt;

internal abstract partial class GpuDevice
{
    public override void Copy(in View x, in View y)
    {
        SameSizes("copy", x, y);
        if (!Transpose(x, y))
            Map(default(IdentityOp), x, y);
    }

    /// <summary>Copies in tiles where the axes that lie together in the two views are neighbours, and long enough; else false.</summary>
    private bool Transpose(in View x, in View y)
    {
        Space space = Space.Of(x.Layout, y.Layout);
        Steps atX = space.Steps(x.Layout), atY = space.Steps(y.Layout);
        (int rows, int columns) = (space.N4, space.N5);
        if (space.IsDeep == 0 || atX.S4 != 1 || atY.S5 != 1 || Math.Min(rows, columns) < TransposeKernel.Side / 2)
            return false;
        int planes = y.Count / (rows * columns), groupsY = (rows + TransposeKernel.Side - 1) / TransposeKernel.Side;
        if (planes is 0 or > MostGroups || groupsY > MostGroups)
            return false;
        LaunchGroups(
            new TransposeKernel { X = At(x), Y = At(y), Space = space, AtX = atX, AtY = atY, Rows = rows, Columns = columns },
            (columns + TransposeKernel.Side - 1) / TransposeKernel.Side, groupsY, planes);
        return true;
    }

    public override void Fill(in View y, float value)
    {
        Space space = Space.Of(y.Layout);
        if (IsFlat(space, y))
        {
            Flat(new FlatFill { Y = At(y), Value = value }, y.Count);
            return;
        }

        Each(new FillKernel { Y = At(y), Space = space, AtY = space.Steps(y.Layout), Value = value, Count = y.Count }, y.Count);
    }

    public override void Map<TOp>(in TOp op, in View x, in View y)
    {
        SameSizes("map", x, y);
        Space space = Space.Of(x.Layout, y.Layout);
        if (IsFlat(space, x) && IsFlat(space, y))
        {
            Flat(new FlatMap<TOp> { Op = op, X = At(x), Y = At(y) }, y.Count);
            return;
        }

        Each(new MapKernel<TOp> { Op = op, X = At(x), Y = At(y), Space = space, AtX = space.Steps(x.Layout), AtY = space.Steps(y.Layout), Count = y.Count }, y.Count);
    }

    public override void MapBackward<TOp>(in TOp op, in View dy, in View x, in View y, in View dx, bool accumulate)
    {
        SameSizes("map backward", dy, dx);
        SameSizes("map backward", x, dx);
        SameSizes("map backward", y, dx);
        // an operand that is not needed is not read either: it may hold anything
        View input = (TOp.Needs & DerivativeNeeds.Input) != 0 ? x : dy, output = (TOp.Needs & DerivativeNeeds.Output) != 0 ? y : dy;
        Space space = Space.Of(dy.Layout, input.Layout, output.Layout, dx.Layout);
        if (IsFlat(space, dy) && IsFlat(space, input) && IsFlat(space, output) && IsFlat(space, dx))
        {
            Flat(new FlatMapBackward<TOp> { Op = op, Dy = At(dy), X = At(input), Y = At(output), Dx = At(dx), Accumulate = accumulate ? 1 : 0 }, dx.Count);
            return;
        }

        Each(new MapBackwardKernel<TOp>
        {
            Op = op, Dy = At(dy), X = At(input), Y = At(output), Dx = At(dx), Space = space, AtDy = space.Steps(dy.Layout), AtX = space.Steps(input.Layout),
            AtY = space.Steps(output.Layout), AtDx = space.Steps(dx.Layout), Accumulate = accumulate ? 1 : 0, Count = dx.Count,
        }, dx.Count);
    }

    public override void Zip<TOp>(in TOp op, in View a, in View b, in View y)
    {
        SameSizes("zip", a, y);
        SameSizes("zip", b, y);
        Space space = Space.Of(a.Layout, b.Layout, y.Layout);
        if (IsFlat(space, a) && IsFlat(space, b) && IsFlat(space, y))
        {
            Flat(new FlatZip<TOp> { Op = op, A = At(a), B = At(b), Y = At(y) }, y.Count);
            return;
        }

        Each(new ZipKernel<TOp>
        {
            Op = op, A = At(a), B = At(b), Y = At(y), Space = space, AtA = space.Steps(a.Layout), AtB = space.Steps(b.Layout), AtY = space.Steps(y.Layout), Count = y.Count,
        }, y.Count);
    }

    public override void ZipBackward<TOp>(in TOp op, ZipSide side, in View dy, in View a, in View b, in View y, in View gradient, bool accumulate)
    {
        SameSizes("zip backward", a, dy);
        SameSizes("zip backward", b, dy);
        SameSizes("zip backward", y, dy);
        SameSizes("zip backward", gradient, dy);
        bool inputs = (TOp.Needs & DerivativeNeeds.Input) != 0;
        View left = inputs ? a : dy, right = inputs ? b : dy, output = (TOp.Needs & DerivativeNeeds.Output) != 0 ? y : dy;
        Space space = Space.Of(dy.Layout, left.Layout, right.Layout, output.Layout, gradient.Layout);
        if (IsFlat(space, dy) && IsFlat(space, left) && IsFlat(space, right) && IsFlat(space, output) && IsFlat(space, gradient))
        {
            Flat(new FlatZipBackward<TOp>
            {
                Op = op, Side = (int)side, Dy = At(dy), A = At(left), B = At(right), Y = At(output), Gradient = At(gradient), Accumulate = accumulate ? 1 : 0,
            }, dy.Count);
            return;
        }

        Each(new ZipBackwardKernel<TOp>
        {
            Op = op, Side = (int)side, Dy = At(dy), A = At(left), B = At(right), Y = At(output), Gradient = At(gradient), Space = space,
            AtDy = space.Steps(dy.Layout), AtA = space.Steps(left.Layout), AtB = space.Steps(right.Layout), AtY = space.Steps(output.Layout),
            AtGradient = space.Steps(gradient.Layout), Accumulate = accumulate ? 1 : 0, Count = dy.Count,
        }, dy.Count);
    }

    public override void FillUniform(in RandomStream stream, in View y, float low, float high) => Each(
        new UniformKernel { Y = Vector("fill uniform", "the target", y, y.Count), Key = stream.Key, Step = stream.Step, Low = low, Range = high - low, Count = y.Count },
        ((long)y.Count + 3) / 4);

    public override void FillNormal(in RandomStream stream, in View y, float mean, float standardDeviation) => Each(
        new NormalKernel { Y = Vector("fill normal", "the target", y, y.Count), Key = stream.Key, Step = stream.Step, Mean = mean, Deviation = standardDeviation, Count = y.Count },
        ((long)y.Count + 3) / 4);

    public override void SgdStep(in View parameters, in View gradient, View? velocity, in SgdParameters settings)
    {
        if (settings.Momentum != 0 && velocity is null)
            throw new ArgumentException("sgd: momentum needs a velocity vector");
        if (settings.Nesterov && (settings.Momentum == 0 || settings.Dampening != 0))
            throw new ArgumentException($"sgd: Nesterov needs a momentum and no dampening, got momentum {settings.Momentum}, dampening {settings.Dampening}.");
        int count = parameters.Count;
        Floats p = Vector("sgd", "the parameters", parameters, count), g = Vector("sgd", "the gradient", gradient, count);
        Flat(new FlatSgd
        {
            P = p, G = g, V = settings.Momentum != 0 ? Vector("sgd", "the velocity", velocity!.Value, count) : p,
            Rate = (float)-settings.LearningRate, Decay = (float)settings.WeightDecay, Momentum = (float)settings.Momentum,
            Share = (float)(settings.IsFirstStep ? 1 : 1 - settings.Dampening), HasMomentum = settings.Momentum != 0 ? 1 : 0,
            IsFirst = settings.IsFirstStep ? 1 : 0, Nesterov = settings.Nesterov ? 1 : 0,
        }, count, IsAligned(parameters) && IsAligned(gradient) && (velocity is not { } state || IsAligned(state)));
    }

    public override void AdamStep(in View parameters, in View gradient, in View firstMoment, in View secondMoment, in AdamParameters settings)
    {
        if (settings.Step < 1)
            throw new ArgumentOutOfRangeException(nameof(settings), $"adam: steps count from 1, got {settings.Step}. Raise the counter before the step.");
        // step-wide numbers in double: 1 − βᵗ cancels in single precision at small t
        double correction1 = 1 - Math.Pow(settings.Beta1, settings.Step), correction2 = 1 - Math.Pow(settings.Beta2, settings.Step);
        int count = parameters.Count;
        Flat(new FlatAdam
        {
            P = Vector("adam", "the parameters", parameters, count), G = Vector("adam", "the gradient", gradient, count),
            M = Vector("adam", "the first moment", firstMoment, count), V = Vector("adam", "the second moment", secondMoment, count),
            StepLength = (float)(-settings.LearningRate / correction1), RootScale = (float)(1 / Math.Sqrt(correction2)), Epsilon = (float)settings.Epsilon,
            Share1 = (float)(1 - settings.Beta1), Share2 = (float)(1 - settings.Beta2), Beta2 = (float)settings.Beta2,
            Added = settings.IsDecoupled ? 0f : (float)settings.WeightDecay,
            Shrink = settings.IsDecoupled ? (float)(1 - (settings.LearningRate * settings.WeightDecay)) : 1f,
        }, count, IsAligned(parameters) && IsAligned(gradient) && IsAligned(firstMoment) && IsAligned(secondMoment));
    }

    /// <summary>Whether an operand of a space lies one element behind the other from a multiple of four on, so that threads take four at once.</summary>
    private static bool IsFlat(in Space space, in View view) => space.IsDeep == 0 && IsAligned(view) && (view.Count <= 1 || space.Steps(view.Layout).S5 == 1);

    private void Flat<TBody>(in TBody body, int count, bool aligned = true) where TBody : struct, IFlatBody
    {
        if (aligned)
            Each(new FlatKernel<TBody> { Body = body, Count = count }, ((long)count + 3) / 4);
        else
            Each(new SingleKernel<TBody> { Body = body, Count = count }, count);
    }
}
