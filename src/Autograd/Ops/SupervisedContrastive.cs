using Engram.Kernels;

namespace Engram.Autograd;

/// <summary>
/// The supervised contrastive loss (Khosla et al. 2020, arXiv 2004.11362, the form L_out): for an anchor i with its partners P(i), the other rows of its class,
/// ℓ_i = −1/|P(i)| Σ_{p∈P(i)} log(exp(s_ip) / Σ_{a≠i} exp(s_ia)), s_ij = ⟨z_i/‖z_i‖, z_j/‖z_j‖⟩/τ. An anchor without partners has the loss 0.
/// </summary>
/// <remarks>
/// As cross-entropy: with any one partner q, ℓ_i = −log softmax_{a≠i}(s_i)[q] + s_iq − mean over P(i) of s_ip. The first is the device's softmax loss over the
/// similarities with the diagonal hidden; the rest is a product with constants.
/// </remarks>
public static class SupervisedContrastive
{
    /// <summary>The loss of every anchor [n].</summary>
    /// <param name="features">[n, d], of any length.</param>
    /// <param name="partners">Who belongs together.</param>
    /// <param name="temperature">τ, above 0.</param>
    /// <exception cref="ArgumentException">The rows are not those that the partners were set for.</exception>
    public static Variable PerAnchor(in Variable features, ContrastPartners partners, float temperature)
    {
        ArgumentNullException.ThrowIfNull(partners);
        Tape tape = features.Tape;
        if (features.Layout.Rank != 2 || features.Size(0) != partners.Count)
            throw new ArgumentException($"supervised contrastive loss: expected features [{partners.Count}, d], got {features.Layout}; set the partners for these rows first");
        Variable unit = UnitRows.Apply(features);
        Variable similarity = MatMul.Apply(unit, Views.Transpose(unit, 0, 1)) * (1f / temperature);
        Variable entropy = SoftmaxCrossEntropy.PerSample(similarity + tape.Constant(partners.Hidden), partners.First);
        Variable rest = Views.Reshape(Reduce.Sum(similarity * tape.Constant(partners.Correction), 1), partners.Count);
        return (entropy + rest) * tape.Constant(partners.Weights);
    }

    /// <summary>The mean over the anchors that have partners, a scalar []; 0 where none has.</summary>
    /// <param name="features">[n, d], of any length.</param>
    /// <param name="partners">Who belongs together.</param>
    /// <param name="temperature">τ, above 0.</param>
    /// <exception cref="ArgumentException">As for <see cref="PerAnchor"/>.</exception>
    public static Variable Apply(in Variable features, ContrastPartners partners, float temperature) =>
        Reduce.Sum(PerAnchor(features, partners, temperature)) * (1f / Math.Max(1, partners.Anchors));
}
