using Engram.Kernels.LinearAlgebra;

namespace Engram.Kernels;

public abstract partial class Device
{
    /// <summary>y ← x, element for element; either side may be strided, x may repeat (stride 0). Sizes are equal.</summary>
    public abstract void Copy(in View x, in View y);

    /// <summary>y ← value.</summary>
    public abstract void Fill(in View y, float value);

    /// <summary>y ← op(x), element for element; x may be y.</summary>
    public abstract void Map<TOp>(in TOp op, in View x, in View y) where TOp : struct, IUnaryOp;

    /// <summary>dx ← dy·op'(x, y), added to what dx holds when <paramref name="accumulate"/>. All sizes are equal; dx may be dy.</summary>
    /// <remarks>An operand that <c>TOp.Needs</c> does not name may be any view of the right size, e.g. dy itself.</remarks>
    public abstract void MapBackward<TOp>(in TOp op, in View dy, in View x, in View y, in View dx, bool accumulate)
        where TOp : struct, IDifferentiableUnaryOp;

    /// <summary>y ← op(a, b); a and b have y's sizes, by stride 0 where they repeat. y may be a or b.</summary>
    public abstract void Zip<TOp>(in TOp op, in View a, in View b, in View y) where TOp : struct, IBinaryOp;

    /// <summary>
    /// The backward pass of <see cref="Zip"/>: gradient ← dy·∂op/∂a (side A) or dy·∂op/∂b (side B), added to what it holds when
    /// <paramref name="accumulate"/>. a, b, y and the gradient have dy's sizes; where an operand was repeated, fold afterwards.
    /// </summary>
    /// <remarks>Operands that <c>TOp.Needs</c> does not name may be any view of the right size.</remarks>
    public abstract void ZipBackward<TOp>(in TOp op, ZipSide side, in View dy, in View a, in View b, in View y, in View gradient, bool accumulate)
        where TOp : struct, IDifferentiableBinaryOp;

    /// <summary>
    /// y ← fold of x over the axes where y has size 1 and x has not (equal ranks): a sum, mean, maximum, minimum or sum of squares.
    /// Blocks are cut by shape, so no result depends on the thread count.
    /// </summary>
    /// <param name="kind">What is computed.</param>
    /// <param name="x">Any layout.</param>
    /// <param name="y">x's rank, contiguous.</param>
    /// <param name="accumulate">Add to what y holds; sums, means and sums of squares only.</param>
    public abstract void Fold(FoldKind kind, in View x, in View y, bool accumulate = false);

    /// <summary>Index of the largest element of every row of x [rows, columns], the first one where several are equal.</summary>
    public abstract void ArgMax(in View x, in IndexView indices);

    /// <summary>
    /// Indices of the largest (or smallest) scores, the best one first; of equal scores the one that stands first is better. NaN is worse than every number.
    /// </summary>
    /// <param name="scores">[n], contiguous.</param>
    /// <param name="largest">Whether large scores are good; else small ones are.</param>
    /// <param name="indices">Receives as many indices as it has room for, at most n.</param>
    /// <exception cref="ArgumentException">The scores are no contiguous vector, or there are fewer than indices wanted.</exception>
    public virtual void Top(in View scores, bool largest, in IndexView indices)
    {
        CheckTop(scores, indices.Count);
        TopSelection.Choose(scores.HostSpan, largest, indices.HostSpan);
    }

    /// <summary>
    /// c ← activation(alpha·a·b + beta·c + bias) for a [m, k], b [k, n], c [m, n], or with one leading batch axis on all three.
    /// a and b may be strided in any way (a transpose needs no copy); c has unit column stride.
    /// </summary>
    /// <param name="a">Left operand.</param>
    /// <param name="b">Right operand.</param>
    /// <param name="c">Result; not read when beta is 0.</param>
    /// <param name="alpha">Factor of the product.</param>
    /// <param name="beta">Factor of the old result.</param>
    /// <param name="bias">[n], added to every row; null for none.</param>
    /// <param name="activation">Applied last, while the tile is in cache.</param>
    public abstract void Gemm<TOp>(in View a, in View b, in View c, float alpha, float beta, View? bias, in TOp activation)
        where TOp : struct, IUnaryOp;

    /// <summary>c ← alpha·a·b + beta·c + bias, the same without an activation. A device may answer it faster: it needs no dispatch by type.</summary>
    /// <param name="a">Left operand.</param>
    /// <param name="b">Right operand.</param>
    /// <param name="c">Result; not read when beta is 0.</param>
    /// <param name="alpha">Factor of the product.</param>
    /// <param name="beta">Factor of the old result.</param>
    /// <param name="bias">[n], added to every row; null for none.</param>
    public virtual void Gemm(in View a, in View b, in View c, float alpha, float beta, View? bias) => Gemm(a, b, c, alpha, beta, bias, default(IdentityOp));

    /// <summary>
    /// 2-D convolution (cross-correlation, as in PyTorch): y ← x ⋆ weight + bias per image, with zeros outside the image.
    /// </summary>
    /// <param name="x">[batch, channels, height, width], contiguous.</param>
    /// <param name="weight">[outputs, channels/groups, kernelHeight, kernelWidth], contiguous.</param>
    /// <param name="bias">[outputs], or null for none.</param>
    /// <param name="geometry">Strides, padding, dilation, groups.</param>
    /// <param name="y">[batch, outputs, outputHeight, outputWidth] with <see cref="ConvolutionGeometry.OutputHeight"/>; contiguous, overwritten.</param>
    /// <exception cref="ArgumentException">Sizes or geometry do not fit, or an operand is strided.</exception>
    public abstract void Convolve(in View x, in View weight, View? bias, in ConvolutionGeometry geometry, in View y);

    /// <summary>Gradient of the images: dx ← the transposed convolution of dy, added to what dx holds when <paramref name="accumulate"/>.</summary>
    /// <param name="dy">[batch, outputs, outputHeight, outputWidth], contiguous.</param>
    /// <param name="weight">[outputs, channels/groups, kernelHeight, kernelWidth], contiguous.</param>
    /// <param name="geometry">That of the forward pass.</param>
    /// <param name="dx">[batch, channels, height, width], contiguous.</param>
    /// <param name="accumulate">Add instead of overwriting.</param>
    /// <exception cref="ArgumentException">Sizes or geometry do not fit, or an operand is strided.</exception>
    public abstract void ConvolveBackwardData(in View dy, in View weight, in ConvolutionGeometry geometry, in View dx, bool accumulate);

    /// <summary>Gradient of the weights: dweight ← Σ dy·x over images and windows, added to what dweight holds when <paramref name="accumulate"/>.</summary>
    /// <param name="dy">[batch, outputs, outputHeight, outputWidth], contiguous.</param>
    /// <param name="x">[batch, channels, height, width], contiguous.</param>
    /// <param name="geometry">That of the forward pass.</param>
    /// <param name="dweight">[outputs, channels/groups, kernelHeight, kernelWidth], contiguous.</param>
    /// <param name="accumulate">Add instead of overwriting.</param>
    /// <exception cref="ArgumentException">Sizes or geometry do not fit, or an operand is strided.</exception>
    public abstract void ConvolveBackwardWeight(in View dy, in View x, in ConvolutionGeometry geometry, in View dweight, bool accumulate);

    /// <summary>
    /// Fused softmax and cross-entropy over the rows of logits [batch, classes]: per-row losses −log p[label] and, when asked for,
    /// the gradient (p − onehot)·<paramref name="gradientScale"/>.
    /// </summary>
    /// <param name="logits">[batch, classes], unit column stride.</param>
    /// <param name="labels">One class per row.</param>
    /// <param name="allowedClasses">0/1 per class [classes] (masked heads); null allows all.</param>
    /// <param name="losses">[batch].</param>
    /// <param name="gradient">[batch, classes], or null.</param>
    /// <param name="gradientScale">1/batch for the gradient of the mean.</param>
    /// <exception cref="ArgumentException">A label is outside [0, classes) or not allowed; the message names row and value.</exception>
    public abstract void SoftmaxCrossEntropy(in View logits, in IndexView labels, IndexView? allowedClasses, in View losses, View? gradient, float gradientScale);

    /// <summary>
    /// y ← relu?(gain·(x − mean)/√(variance + ε) + bias + residual?) per channel of x [batch, channels, ...] (Ioffe and Szegedy, 2015). In training
    /// mean and (biased) variance are the batch's own, and the running statistics move towards them, the variance unbiased, as PyTorch does it.
    /// </summary>
    /// <param name="x">[batch, channels, ...], contiguous.</param>
    /// <param name="residual">Added before the ReLU, x's sizes; null for none.</param>
    /// <param name="gain">[channels].</param>
    /// <param name="bias">[channels].</param>
    /// <param name="runningMean">[channels]; written in training, read otherwise.</param>
    /// <param name="runningVariance">[channels]; written in training, read otherwise.</param>
    /// <param name="settings">Mode, momentum, ε.</param>
    /// <param name="relu">Whether negative results become 0.</param>
    /// <param name="mean">[channels]: what was subtracted, for backward.</param>
    /// <param name="deviation">[channels]: 1/√(variance + ε), for backward.</param>
    /// <param name="y">x's sizes; may be x or the residual.</param>
    /// <exception cref="ArgumentException">Sizes do not fit, an operand is strided, or a training batch has one value per channel.</exception>
    public abstract void BatchNormalization(
        in View x, View? residual, in View gain, in View bias, in View runningMean, in View runningVariance,
        in BatchNormalizationSettings settings, bool relu, in View mean, in View deviation, in View y);

    /// <summary>
    /// The backward pass of <see cref="BatchNormalization"/>. What is in one place with dy may be overwritten: dx or dResidual, not both unless dx
    /// is added to.
    /// </summary>
    /// <param name="dy">Gradient of y, contiguous.</param>
    /// <param name="x">What forward read.</param>
    /// <param name="y">What forward wrote where it ended in a ReLU (its positive places let the gradient through); else null.</param>
    /// <param name="gain">[channels].</param>
    /// <param name="mean">[channels], of the forward pass.</param>
    /// <param name="deviation">[channels], of the forward pass.</param>
    /// <param name="training">Whether the statistics depended on x.</param>
    /// <param name="dx">Gradient of x.</param>
    /// <param name="dGain">Gradient of the gain.</param>
    /// <param name="dBias">Gradient of the bias.</param>
    /// <param name="dResidual">Gradient of the residual.</param>
    public abstract void BatchNormalizationBackward(
        in View dy, in View x, View? y, in View gain, in View mean, in View deviation, bool training,
        in GradientTarget dx, in GradientTarget dGain, in GradientTarget dBias, in GradientTarget dResidual);

    /// <summary>y ← gain·(x − mean)/√(variance + ε) + bias per row of x [rows, features] (Ba, Kiros and Hinton, 2016).</summary>
    /// <param name="x">[rows, features], contiguous.</param>
    /// <param name="gain">[features].</param>
    /// <param name="bias">[features].</param>
    /// <param name="epsilon">Added to the (biased) variance before the square root.</param>
    /// <param name="mean">[rows], for backward.</param>
    /// <param name="deviation">[rows]: 1/√(variance + ε), for backward.</param>
    /// <param name="y">[rows, features]; may be x.</param>
    public abstract void LayerNormalization(in View x, in View gain, in View bias, float epsilon, in View mean, in View deviation, in View y);

    /// <summary>The backward pass of <see cref="LayerNormalization"/>; dx may be in dy's place.</summary>
    public abstract void LayerNormalizationBackward(
        in View dy, in View x, in View gain, in View mean, in View deviation, in GradientTarget dx, in GradientTarget dGain, in GradientTarget dBias);

    /// <summary>
    /// y ← the largest or the mean value of every window of x [batch, channels, height, width]. A window's maximum is NaN where one of its values
    /// is; padding never is the maximum.
    /// </summary>
    /// <param name="kind">What is taken of a window.</param>
    /// <param name="windows">The windows; null for adaptive ones: output row i of o sees the input rows ⌊i·h/o⌋ to ⌈(i + 1)·h/o⌉, columns likewise.</param>
    /// <param name="x">[batch, channels, height, width], contiguous.</param>
    /// <param name="y">[batch, channels, outputHeight, outputWidth], contiguous.</param>
    /// <exception cref="ArgumentException">Sizes do not fit.</exception>
    public abstract void Pool(PoolKind kind, PoolGeometry? windows, in View x, in View y);

    /// <summary>The backward pass of <see cref="Pool"/>; the gradient of a maximum goes to the first place in its window that holds it.</summary>
    /// <param name="kind">As forward.</param>
    /// <param name="windows">As forward.</param>
    /// <param name="dy">[batch, channels, outputHeight, outputWidth], contiguous.</param>
    /// <param name="x">What forward read, for maxima; else any view of the right sizes.</param>
    /// <param name="dx">[batch, channels, height, width], contiguous.</param>
    /// <param name="accumulate">Add to what dx holds.</param>
    public abstract void PoolBackward(PoolKind kind, PoolGeometry? windows, in View dy, in View x, in View dx, bool accumulate);

    /// <summary>y ← softmax or log-softmax of every row of x [rows, columns], safe at any magnitude.</summary>
    /// <param name="x">[rows, columns], unit column stride.</param>
    /// <param name="y">[rows, columns], unit column stride; x itself only for the softmax.</param>
    /// <param name="logarithm">The logarithm of the softmax instead.</param>
    public abstract void Softmax(in View x, in View y, bool logarithm);

    /// <summary>The backward pass of <see cref="Softmax"/> from its result; dx may be dy when it is not added to.</summary>
    public abstract void SoftmaxBackward(in View dy, in View y, in View dx, bool logarithm, bool accumulate);

    /// <summary>y[i, :] ← x[rows[i], :].</summary>
    /// <exception cref="ArgumentOutOfRangeException">A row index leaves x.</exception>
    public abstract void GatherRows(in View x, in IndexView rows, in View y);

    /// <summary>y[rows[i], :] ← x[i, :], added instead when <paramref name="accumulate"/> (then repeated rows add up, in order).</summary>
    /// <exception cref="ArgumentOutOfRangeException">A row index leaves y.</exception>
    public abstract void ScatterRows(in View x, in IndexView rows, in View y, bool accumulate);

    /// <summary>y ← uniform numbers in [low, high); element i depends on the stream and i alone.</summary>
    public abstract void FillUniform(in RandomStream stream, in View y, float low, float high);

    /// <summary>y ← normal numbers; element i depends on the stream and i alone.</summary>
    public abstract void FillNormal(in RandomStream stream, in View y, float mean, float standardDeviation);

    /// <summary>One optimizer step over flat vectors [p]: SGD as PyTorch defines it. Velocity is read and written only when momentum ≠ 0.</summary>
    public abstract void SgdStep(in View parameters, in View gradient, View? velocity, in SgdParameters settings);

    /// <summary>One optimizer step over flat vectors [p]: Adam or AdamW as PyTorch defines them.</summary>
    public abstract void AdamStep(in View parameters, in View gradient, in View firstMoment, in View secondMoment, in AdamParameters settings);

    /// <summary>⟨a, b⟩ over flat vectors, summed in double precision in blocks cut by length; a device may add four products in single precision first: within 3·2⁻²⁴·Σ|aᵢbᵢ|, and the rounding of the sum.</summary>
    public abstract double Dot(in View a, in View b);

    /// <summary>
    /// A-GEM's projection over flat vectors [p], in place: g ← g − (⟨g, r⟩/⟨r, r⟩)·r where ⟨g, r⟩ is negative, else g is left alone bit for bit
    /// (Chaudhry et al., 2019).
    /// </summary>
    /// <param name="gradient">g [p], contiguous.</param>
    /// <param name="reference">r [p], contiguous.</param>
    /// <returns>What was done and why; where a vector is not finite or the reference vanishes, g is left alone and the outcome says so. ⟨g, r⟩ is within 3·2⁻²⁴·Σ|gᵢrᵢ|, the rounding of its sum apart.</returns>
    /// <exception cref="ArgumentException">A vector is strided, or the lengths differ.</exception>
    public abstract ProjectionStatus Project(in View gradient, in View reference);

    /// <summary>Inner products of all pairs of rows, K = GGᵀ. Blocks are cut by shape, so no result depends on the thread count.</summary>
    /// <param name="rows">G [n, p], contiguous rows.</param>
    /// <param name="gram">Receives K [n, n], both triangles.</param>
    /// <param name="precision">How products are summed.</param>
    /// <exception cref="ArgumentException">Rows are not contiguous, or the sizes do not fit.</exception>
    public virtual void Gram(in View rows, Span<double> gram, GramPrecision precision = GramPrecision.Double)
    {
        int n = CheckGram(rows, gram.Length, whole: true);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
                gram[i * n + j] = gram[j * n + i] = Dot(rows.With(rows.Layout.Select(0, i)), rows.With(rows.Layout.Select(0, j)));
        }
    }

    /// <summary>Inner products of one row with all rows: what changes in K (<see cref="Gram"/>, the same bits as <see cref="GramPrecision.Double"/>) when that row has changed.</summary>
    /// <param name="rows">G [n, p], contiguous rows.</param>
    /// <param name="row">Which row.</param>
    /// <param name="products">Receives [n].</param>
    /// <exception cref="ArgumentException">Rows are not contiguous, or the sizes do not fit.</exception>
    public virtual void GramRow(in View rows, int row, Span<double> products)
    {
        int n = CheckGram(rows, products.Length, whole: false);
        for (int j = 0; j < n; j++)
            products[j] = Dot(rows.With(rows.Layout.Select(0, row)), rows.With(rows.Layout.Select(0, j)));
    }

    /// <summary>target ← target + Σ coefficient_i·row_i, on the CPU summed in double precision and rounded once.</summary>
    /// <param name="coefficients">[n].</param>
    /// <param name="rows">[n, p], contiguous rows.</param>
    /// <param name="target">[p], contiguous; none of the rows.</param>
    /// <exception cref="ArgumentException">An operand is strided, or the sizes do not fit.</exception>
    public virtual void AddRows(ReadOnlySpan<double> coefficients, in View rows, in View target)
    {
        CheckCombination(coefficients.Length, rows, target);
        for (int i = 0; i < coefficients.Length; i++)
        {
            if (coefficients[i] != 0)
                Zip(new AddScaledOp((float)coefficients[i]), target, rows.With(rows.Layout.Select(0, i)), target);
        }
    }

    /// <summary>Truncated singular value decomposition a ≈ u·diag(s)·vᵀ of the largest components.</summary>
    /// <param name="a">[rows, columns], any strides.</param>
    /// <param name="options">Rank, sketch and path.</param>
    /// <param name="u">[rows, rank], contiguous; columns beyond the effective rank are zero.</param>
    /// <param name="s">[rank], descending.</param>
    /// <param name="vt">[rank, columns], contiguous, or null when it is not wanted.</param>
    /// <returns>Effective rank, iterations and residual.</returns>
    /// <exception cref="ArgumentException">Sizes do not fit, or a holds NaN or infinity.</exception>
    public abstract SvdStatus TruncatedSvd(in View a, RandomizedSvdOptions options, in View u, in View s, View? vt);
}
