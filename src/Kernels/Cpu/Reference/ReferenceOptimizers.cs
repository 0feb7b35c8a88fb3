namespace Engram.Kernels.Cpu.Reference;

/// <summary>Optimizer steps in double precision, in the order PyTorch documents them: the twin of the fused steps.</summary>
public static class ReferenceOptimizers
{
    /// <summary>One SGD step over all parameters; <paramref name="velocity"/> may be empty without momentum.</summary>
    public static void Sgd(Span<double> parameters, ReadOnlySpan<double> gradients, Span<double> velocity, in SgdParameters settings)
    {
        for (int i = 0; i < parameters.Length; i++)
        {
            double g = gradients[i] + (settings.WeightDecay * parameters[i]);
            if (settings.Momentum != 0)
            {
                velocity[i] = settings.IsFirstStep ? g : (settings.Momentum * velocity[i]) + ((1 - settings.Dampening) * g);
                g = settings.Nesterov ? g + (settings.Momentum * velocity[i]) : velocity[i];
            }

            parameters[i] -= settings.LearningRate * g;
        }
    }

    /// <summary>One Adam or AdamW step over all parameters.</summary>
    public static void Adam(
        Span<double> parameters, ReadOnlySpan<double> gradients, Span<double> mean, Span<double> meanSquare, in AdamParameters settings)
    {
        double correction1 = 1 - Math.Pow(settings.Beta1, settings.Step);
        double correction2 = 1 - Math.Pow(settings.Beta2, settings.Step);
        for (int i = 0; i < parameters.Length; i++)
        {
            double g = gradients[i];
            if (settings.IsDecoupled)
            {
                parameters[i] *= 1 - (settings.LearningRate * settings.WeightDecay);
            }
            else
            {
                g += settings.WeightDecay * parameters[i];
            }

            mean[i] = (settings.Beta1 * mean[i]) + ((1 - settings.Beta1) * g);
            meanSquare[i] = (settings.Beta2 * meanSquare[i]) + ((1 - settings.Beta2) * g * g);
            double scale = (Math.Sqrt(meanSquare[i]) / Math.Sqrt(correction2)) + settings.Epsilon;
            parameters[i] -= settings.LearningRate / correction1 * mean[i] / scale;
        }
    }
}
