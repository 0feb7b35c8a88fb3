namespace Engram.Kernels.Simt;

/// <summary>All eigenvalues and eigenvectors of a symmetric matrix by Jacobi rotations in device memory, of any size.</summary>
internal abstract partial class GpuDevice
{
    private const int MostSweeps = 16;
    private const double Settled = 1e-16;

    /// <summary>Decomposes A [size, size], which is overwritten. The host waits for one number per sweep: how many rotations there were.</summary>
    /// <param name="a">The matrix, both triangles.</param>
    /// <param name="size">Its rows.</param>
    /// <param name="trace">Its trace, or a bound of its size; elements beside the diagonal below 1e-16 of it are zero.</param>
    /// <param name="values">Receives the eigenvalues [size], descending.</param>
    /// <param name="vectors">Receives eigenvectors as rows [size, size].</param>
    private void Eigenvectors(GpuBuffer<double> a, int size, double trace, GpuBuffer<double> values, GpuBuffer<double> vectors)
    {
        int pairs = JacobiRoundKernel.Pairs(size), rounds = JacobiRoundKernel.Rounds(size);
        using GpuBuffer<double> other = Doubles(size * size), turned = Doubles(size * size), turns = Doubles(pairs), total = Doubles(1);
        Doubles matrix = a.View(0, size * size), next = other.View(0, size * size), rows = turned.View(0, size * size), diagonal = values.View(0, size);
        Each(new UnitAndDiagonalKernel { A = matrix, Unit = rows, Diagonal = diagonal, Size = size }, (long)size * size);
        Span<double> count = [size > 1 ? 1 : 0];
        for (int sweep = 0; sweep < MostSweeps && count[0] > 0; sweep++)
        {
            for (int round = 0; round < rounds; round++)
            {
                Each(new JacobiRoundKernel
                {
                    A = matrix, Next = next, Turned = rows, Turns = turns.View(0, pairs), Negligible = Settled * trace, Size = size, Round = round,
                }, (long)pairs * pairs);
                (matrix, next) = (next, matrix);
            }

            Each(new AddPartsKernel { Parts = turns.View(0, pairs), Sums = total.View(0, 1), PartCount = pairs, Count = 1 }, 1);
            Receive(total, 0, count);
        }

        Each(new EigenOrderKernel { A = matrix, Turned = rows, Values = diagonal, Vectors = vectors.View(0, size * size), Size = size }, size);
    }
}
