namespace Engram.Kernels.Simt;

/// <summary>Sizes of a convolution as kernels read them; a batch of a product is a group of channels.</summary>
internal struct ConvolutionSizes
{
    public int Channels, Height, Width, Outputs, OutputHeight, OutputWidth, KernelHeight, KernelWidth;
    public int StrideHeight, StrideWidth, PaddingHeight, PaddingWidth, DilationHeight, DilationWidth, GroupChannels, GroupOutputs;
}

/// <summary>Weights, a row per output of a group, as deep as a patch; or, turned, a row per channel, as deep as outputs times taps.</summary>
internal struct WeightSource : ITileSource
{
    public Floats W;
    public int Rows, Length, Wide;

    public readonly int Order => Wide != 0 ? TileOrder.Depths : TileOrder.AcrossDepths;

    public readonly int IsWide => Wide;

    public Quad Four(int batch, int row, int depth) => Gpu.Load4(W, (((batch * Rows) + row) * Length) + depth);

    public float At(int batch, int row, int depth) => W[(((batch * Rows) + row) * Length) + depth];
}

/// <summary>Patches of the image: a line per output pixel of all images, as deep as channels times taps; zeros outside the image.</summary>
internal struct PatchSource : ITileSource
{
    public Floats X;
    public ConvolutionSizes Sizes;

    public readonly int Order => TileOrder.AcrossLines;

    public readonly int IsWide => 0;

    public Quad Four(int batch, int row, int depth) => default;

    public float At(int batch, int row, int depth)
    {
        int taps = Sizes.KernelHeight * Sizes.KernelWidth, tap = depth % taps, pixels = Sizes.OutputHeight * Sizes.OutputWidth, pixel = row % pixels;
        int y = (pixel / Sizes.OutputWidth * Sizes.StrideHeight) - Sizes.PaddingHeight + (tap / Sizes.KernelWidth * Sizes.DilationHeight);
        int x = (pixel % Sizes.OutputWidth * Sizes.StrideWidth) - Sizes.PaddingWidth + (tap % Sizes.KernelWidth * Sizes.DilationWidth);
        if (y < 0 || y >= Sizes.Height || x < 0 || x >= Sizes.Width)
            return 0f;
        int plane = (row / pixels * Sizes.Channels) + (batch * Sizes.GroupChannels) + (depth / taps);
        return X[(((plane * Sizes.Height) + y) * Sizes.Width) + x];
    }
}

/// <summary>The same patches the other way round: a line per channel and tap, as deep as all output pixels.</summary>
internal struct PatchLines : ITileSource
{
    public PatchSource Patches;

    public readonly int Order => TileOrder.AcrossDepths;

    public readonly int IsWide => 0;

    public Quad Four(int batch, int row, int depth) => default;

    public float At(int batch, int row, int depth) => Patches.At(batch, depth, row);
}

/// <summary>Gradients of the result, a row per output, as deep as all output pixels.</summary>
internal struct ResultLines : ITileSource
{
    public Floats Dy;
    public ConvolutionSizes Sizes;
    public int Wide;

    public readonly int Order => Wide != 0 ? TileOrder.Depths : TileOrder.AcrossDepths;

    public readonly int IsWide => Wide;

    public Quad Four(int batch, int row, int depth)
    {
        int pixels = Sizes.OutputHeight * Sizes.OutputWidth;
        return Gpu.Load4(Dy, (((depth / pixels * Sizes.Outputs) + (batch * Sizes.GroupOutputs) + row) * pixels) + (depth % pixels));
    }

    public float At(int batch, int row, int depth)
    {
        int pixels = Sizes.OutputHeight * Sizes.OutputWidth;
        return Dy[(((depth / pixels * Sizes.Outputs) + (batch * Sizes.GroupOutputs) + row) * pixels) + (depth % pixels)];
    }
}

/// <summary>What an image pixel was read for: a line per pixel of all images, as deep as outputs times taps; zeros where no window put the tap there.</summary>
internal struct ResultSource : ITileSource
{
    public Floats Dy;
    public ConvolutionSizes Sizes;

    public readonly int Order => TileOrder.AcrossLines;

    public readonly int IsWide => 0;

    public Quad Four(int batch, int row, int depth) => default;

    public float At(int batch, int row, int depth)
    {
        int taps = Sizes.KernelHeight * Sizes.KernelWidth, tap = depth % taps, pixels = Sizes.Height * Sizes.Width, pixel = row % pixels;
        int y = (pixel / Sizes.Width) + Sizes.PaddingHeight - (tap / Sizes.KernelWidth * Sizes.DilationHeight);
        int x = (pixel % Sizes.Width) + Sizes.PaddingWidth - (tap % Sizes.KernelWidth * Sizes.DilationWidth);
        if (y < 0 || x < 0 || y % Sizes.StrideHeight != 0 || x % Sizes.StrideWidth != 0)
            return 0f;
        y /= Sizes.StrideHeight;
        x /= Sizes.StrideWidth;
        if (y >= Sizes.OutputHeight || x >= Sizes.OutputWidth)
            return 0f;
        int plane = (row / pixels * Sizes.Outputs) + (batch * Sizes.GroupOutputs) + (depth / taps);
        return Dy[(((plane * Sizes.OutputHeight) + y) * Sizes.OutputWidth) + x];
    }
}

/// <summary>Planes of images [batch, planes, pixels]: a row of the product per plane of a group, a column per pixel of all images.</summary>
internal struct PlaneTarget : ITileTarget
{
    public Floats Y, Bias;
    public int Planes, GroupPlanes, Pixels, HasBias, Accumulate, Wide;

    public readonly int IsWide => Wide;

    public void PutFour(int batch, int row, int column, Quad values)
    {
        int plane = (batch * GroupPlanes) + row, at = (((column / Pixels * Planes) + plane) * Pixels) + (column % Pixels);
        float bias = HasBias != 0 ? Bias[plane] : 0f;
        Quad old = default;
        if (Accumulate != 0)
            old = Gpu.Load4(Y, at);
        Gpu.Store4(Y, at, new Quad { X = old.X + (values.X + bias), Y = old.Y + (values.Y + bias), Z = old.Z + (values.Z + bias), W = old.W + (values.W + bias) });
    }

    public void Put(int batch, int row, int column, float value)
    {
        int plane = (batch * GroupPlanes) + row, at = (((column / Pixels * Planes) + plane) * Pixels) + (column % Pixels);
        if (HasBias != 0)
            value += Bias[plane];
        Y[at] = Accumulate != 0 ? Y[at] + value : value;
    }
}

/// <summary>Gradients of weights: a row per output of a group, a column per channel and tap.</summary>
internal struct WeightTarget : ITileTarget
{
    public Floats W;
    public int GroupOutputs, PatchLength, Accumulate;

    public readonly int IsWide => 0;

    public void PutFour(int batch, int row, int column, Quad values)
    {
    }

    public void Put(int batch, int row, int column, float value)
    {
        int at = (((batch * GroupOutputs) + row) * PatchLength) + column;
        W[at] = Accumulate != 0 ? W[at] + value : value;
    }
}
