namespace Engram.ContinualLearning;

/// <summary>What generators cost, and how many raw samples cost the same (arXiv 2506.19692, equation 1).</summary>
public static class GeneratorCost
{
    /// <summary>Scalars of one generator: P·r + r² + r, or P·r + 2·r in the lean form.</summary>
    public static long Scalars(int features, int rank, GeneratorForm form = GeneratorForm.Paper) =>
        (long)features * rank + Statistics(rank, form);

    /// <summary>Payload bytes of one generator: the basis in its payload (8-bit ones with a 4-byte scale per column), the statistics in 4 bytes each.</summary>
    public static long Bytes(int features, int rank, GeneratorForm form = GeneratorForm.Paper, GeneratorPayload payload = GeneratorPayload.Float32) =>
        sizeof(float) * Statistics(rank, form) + payload switch
        {
            GeneratorPayload.Float32 => 4L * features * rank,
            GeneratorPayload.Float16 => 2L * features * rank,
            _ => (long)features * rank + sizeof(float) * (long)rank,
        };

    /// <summary>F = P·s / (c·(P·r + r² + r)): scalars of s raw samples over those of c generators.</summary>
    public static double CompressionFactor(int features, int samples, int classes, int rank, GeneratorForm form = GeneratorForm.Paper) =>
        (double)features * samples / (classes * (double)Scalars(features, rank, form));

    /// <summary>n_eq = ⌈c·(P·r + r² + r)/P⌉: raw samples with as many scalars as c generators.</summary>
    public static int EquivalentImages(int features, int classes, int rank) => Ceiling(classes * Scalars(features, rank), features);

    /// <summary>Raw samples with as many bytes as c generators of the paper's form.</summary>
    public static int EquivalentImagesByBytes(int features, int classes, int rank, GeneratorPayload payload = GeneratorPayload.Float32, int bytesPerFeature = 1) =>
        Ceiling(classes * Bytes(features, rank, GeneratorForm.Paper, payload), (long)features * bytesPerFeature);

    private static long Statistics(int rank, GeneratorForm form) => form == GeneratorForm.Paper ? (long)rank * rank + rank : 2L * rank;

    private static int Ceiling(long cost, long unit) => checked((int)((cost + unit - 1) / unit));
}
