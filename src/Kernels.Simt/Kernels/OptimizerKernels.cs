namespace Engram.Kernels.Simt;

/// <summary>One step of stochastic gradient descent; the formula is <see cref="Engram.Kernels.Cpu.SgdStep"/>'s.</summary>
internal struct FlatSgd : IFlatBody
{
    public Floats P, G, V;
    public float Rate, Decay, Momentum, Share;
    public int HasMomentum, IsFirst, Nesterov;

    public void One(int i)
    {
        float old = P[i], slope = Gpu.Fma(Decay, old, G[i]), velocity = slope;
        if (HasMomentum != 0)
        {
            velocity = Velocity(slope, IsFirst == 0 ? V[i] : 0f);
            V[i] = velocity;
        }

        P[i] = Moved(old, slope, velocity);
    }

    public void Four(int i)
    {
        Quad old = Gpu.Load4(P, i), slope = Gpu.Load4(G, i);
        slope = new Quad { X = Gpu.Fma(Decay, old.X, slope.X), Y = Gpu.Fma(Decay, old.Y, slope.Y), Z = Gpu.Fma(Decay, old.Z, slope.Z), W = Gpu.Fma(Decay, old.W, slope.W) };
        Quad velocity = slope;
        if (HasMomentum != 0)
        {
            Quad before = default;
            if (IsFirst == 0)
                before = Gpu.Load4(V, i);
            velocity = new Quad { X = Velocity(slope.X, before.X), Y = Velocity(slope.Y, before.Y), Z = Velocity(slope.Z, before.Z), W = Velocity(slope.W, before.W) };
            Gpu.Store4(V, i, velocity);
        }

        Gpu.Store4(P, i, new Quad
        {
            X = Moved(old.X, slope.X, velocity.X), Y = Moved(old.Y, slope.Y, velocity.Y), Z = Moved(old.Z, slope.Z, velocity.Z), W = Moved(old.W, slope.W, velocity.W),
        });
    }

    private float Velocity(float slope, float before) => IsFirst != 0 ? Share * slope : Gpu.Fma(Momentum, before, Share * slope);

    private float Moved(float old, float slope, float velocity) => Gpu.Fma(Rate, Nesterov != 0 ? Gpu.Fma(Momentum, velocity, slope) : velocity, old);
}

/// <summary>One Adam or AdamW step; the formula is <see cref="Engram.Kernels.Cpu.AdamStep"/>'s.</summary>
internal struct FlatAdam : IFlatBody
{
    public Floats P, G, M, V;
    public float StepLength, RootScale, Epsilon, Share1, Share2, Beta2, Added, Shrink;

    public void One(int i)
    {
        float value = P[i], slope = Gpu.Fma(Added, value, G[i]), mean = Mean(slope, M[i]), square = Square(slope, V[i]);
        M[i] = mean;
        V[i] = square;
        P[i] = Moved(value, mean, square);
    }

    public void Four(int i)
    {
        Quad value = Gpu.Load4(P, i), slope = Gpu.Load4(G, i), mean = Gpu.Load4(M, i), square = Gpu.Load4(V, i);
        slope = new Quad { X = Gpu.Fma(Added, value.X, slope.X), Y = Gpu.Fma(Added, value.Y, slope.Y), Z = Gpu.Fma(Added, value.Z, slope.Z), W = Gpu.Fma(Added, value.W, slope.W) };
        mean = new Quad { X = Mean(slope.X, mean.X), Y = Mean(slope.Y, mean.Y), Z = Mean(slope.Z, mean.Z), W = Mean(slope.W, mean.W) };
        square = new Quad { X = Square(slope.X, square.X), Y = Square(slope.Y, square.Y), Z = Square(slope.Z, square.Z), W = Square(slope.W, square.W) };
        Gpu.Store4(M, i, mean);
        Gpu.Store4(V, i, square);
        Gpu.Store4(P, i, new Quad
        {
            X = Moved(value.X, mean.X, square.X), Y = Moved(value.Y, mean.Y, square.Y), Z = Moved(value.Z, mean.Z, square.Z), W = Moved(value.W, mean.W, square.W),
        });
    }

    private float Mean(float slope, float mean) => Gpu.Fma(Share1, slope - mean, mean);

    private float Square(float slope, float square) => Gpu.Fma(Beta2, square, Share2 * slope * slope);

    private float Moved(float value, float mean, float square) =>
        Gpu.Fma(StepLength, mean / Gpu.Fma(MathF.Sqrt(square), RootScale, Epsilon), value * Shrink);
}
