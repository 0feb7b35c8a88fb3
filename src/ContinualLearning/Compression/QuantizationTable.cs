namespace Engram.ContinualLearning;

/// <summary>
/// Step sizes of DCT coefficients: the example tables of ITU-T T.81, annex K, scaled by a quality factor as the Independent JPEG Group does it
/// (5000/q percent below 50, 200 − 2q percent from there).
/// </summary>
public static class QuantizationTable
{
    private static readonly byte[] Luminance =
    [
        16, 11, 10, 16, 24, 40, 51, 61,
        12, 12, 14, 19, 26, 58, 60, 55,
        14, 13, 16, 24, 40, 57, 69, 56,
        14, 17, 22, 29, 51, 87, 80, 62,
        18, 22, 37, 56, 68, 109, 103, 77,
        24, 35, 55, 64, 81, 104, 113, 92,
        49, 64, 78, 87, 103, 121, 120, 101,
        72, 92, 95, 98, 112, 100, 103, 99,
    ];

    private static readonly byte[] Chrominance =
    [
        17, 18, 24, 47, 99, 99, 99, 99,
        18, 21, 26, 66, 99, 99, 99, 99,
        24, 26, 56, 99, 99, 99, 99, 99,
        47, 66, 99, 99, 99, 99, 99, 99,
        99, 99, 99, 99, 99, 99, 99, 99,
        99, 99, 99, 99, 99, 99, 99, 99,
        99, 99, 99, 99, 99, 99, 99, 99,
        99, 99, 99, 99, 99, 99, 99, 99,
    ];

    private static readonly byte[] Order = ZigZagOrder();

    /// <summary>Position in a block [8, 8] of the k-th coefficient from low to high frequency [64].</summary>
    public static ReadOnlySpan<byte> ZigZag => Order;

    /// <summary>Step sizes [8, 8], each in 1 to 255.</summary>
    /// <param name="quality">1 (coarse) to 100 (every step 1).</param>
    /// <param name="colour">For the two colour differences instead of the brightness.</param>
    public static byte[] For(int quality, bool colour)
    {
        if (quality is < 1 or > 100)
            throw new ArgumentOutOfRangeException(nameof(quality), quality, "quantization table: the quality must be 1 to 100");
        int percent = quality < 50 ? 5000 / quality : 200 - 2 * quality;
        return [.. (colour ? Chrominance : Luminance).Select(step => (byte)Math.Clamp((step * percent + 50) / 100, 1, 255))];
    }

    private static byte[] ZigZagOrder()
    {
        var order = new byte[BlockDct.Size];
        int k = 0;
        for (int diagonal = 0; diagonal < 2 * BlockDct.Side - 1; diagonal++)
        {
            for (int step = 0; step <= diagonal; step++)
            {
                // odd diagonals run down and left, even ones up and right
                int row = diagonal % 2 == 1 ? step : diagonal - step, column = diagonal - row;
                if (row < BlockDct.Side && column < BlockDct.Side)
                    order[k++] = (byte)(row * BlockDct.Side + column);
            }
        }

        return order;
    }
}
