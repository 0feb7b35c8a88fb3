using Engram.Autograd;
using Engram.Kernels;

namespace Engram.Models;

/// <summary>Fills parameters with their initial values: element i of parameter k depends on (seed, k, i) alone.</summary>
internal static class InitialValues
{
    /// <summary>The weight and bias of a linear map or convolution.</summary>
    /// <param name="initialization">Distribution.</param>
    /// <param name="values">[p].</param>
    /// <param name="weight">[out, in, ...]: what follows the second axis are kernel positions.</param>
    /// <param name="bias">[out], or null.</param>
    /// <param name="seed">Same seed, same values.</param>
    public static void Fill(this Initialization initialization, in Tensor values, Parameter weight, Parameter? bias, ulong seed)
    {
        int outputs = weight.Layout.Size(0), fanIn = weight.Count / outputs;
        long fanOut = (long)outputs * fanIn / weight.Layout.Size(1);
        bool convolution = weight.Layout.Rank > 2;
        if (initialization == Initialization.HeNormal && !convolution)
            initialization = Initialization.FanInUniform;
        switch (initialization)
        {
            case Initialization.HeNormal:
                Normal(values, weight, MathF.Sqrt(2f / fanOut), seed);
                break;
            case Initialization.FanInUniform:
                Uniform(values, weight, 1f / MathF.Sqrt(fanIn), seed);
                break;
            default:
                Uniform(values, weight, MathF.Sqrt(6f / (fanIn + fanOut)), seed);
                break;
        }
        if (bias is null)
            return;
        if (initialization == Initialization.FanInUniform)
            Uniform(values, bias, 1f / MathF.Sqrt(fanIn), seed);
        else
            bias.Of(values).Fill(0f);
    }

    /// <summary>Uniform in ±bound.</summary>
    public static void Uniform(in Tensor values, Parameter parameter, float bound, ulong seed) =>
        values.Device.FillUniform(StreamOf(parameter, seed), parameter.Of(values).View, -bound, bound);

    /// <summary>Normal around 0.</summary>
    public static void Normal(in Tensor values, Parameter parameter, float deviation, ulong seed) =>
        values.Device.FillNormal(StreamOf(parameter, seed), parameter.Of(values).View, 0f, deviation);

    private static RandomStream StreamOf(Parameter parameter, ulong seed) => RandomStream.For(seed, "initialization", (ulong)parameter.Index);
}
