namespace Engram.Kernels.Simt;

/// <summary>Parts of dgain = Σ dy·x̂ and dbias = Σ dy over the rows of a layer normalization: thread (part, feature) adds every <see cref="Parts"/>-th row.</summary>
internal struct LayerGradientKernel : IKernel
{
    public Floats Dy, X, Mean, Deviation, DGain, DBias;
    public int Rows, Features, Parts;

    public void Run()
    {
        int i = Gpu.Global;
        if (i >= Parts * Features)
            return;
        int feature = i % Features;
        float gain = 0f, bias = 0f;
        for (int row = i / Features; row < Rows; row += Parts)
        {
            float g = Dy[(row * Features) + feature];
            bias += g;
            gain = Gpu.Fma(g, (X[(row * Features) + feature] - Mean[row]) * Deviation[row], gain);
        }

        DGain[i] = gain;
        DBias[i] = bias;
    }
}
