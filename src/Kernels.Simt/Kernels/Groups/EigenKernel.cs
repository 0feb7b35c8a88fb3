namespace Engram.Kernels.Simt;

/// <summary>
/// All eigenvalues and eigenvectors of a symmetric matrix by Jacobi rotations, in one group and double precision. Half as many rotations as rows are
/// independent of one another and done side by side; the pairs come round like the games of a tournament.
/// </summary>
internal struct EigenKernel : IGroupKernel
{
    private const int Sweeps = 16;
    private const double Settled = 1e-16;

    /// <summary>The matrix, overwritten.</summary>
    public Doubles A;

    /// <summary>Work: rows that become eigenvectors.</summary>
    public Doubles Turned;

    /// <summary>Eigenvalues, largest first.</summary>
    public Doubles Values;

    /// <summary>Eigenvectors as rows, in the eigenvalues' order.</summary>
    public Doubles Vectors;

    public int Size;

    public void Run()
    {
        Doubles cosines = Gpu.SharedDoubles(TriangleKernel.Limit / 2), sines = Gpu.SharedDoubles(TriangleKernel.Limit / 2);
        Ints active = Gpu.SharedInts(Gpu.Threads);
        int t = Gpu.Thread, players = Size + (Size % 2), pairs = players / 2;
        for (int e = t; e < Size * Size; e += Gpu.Threads)
            Turned[e] = e / Size == e % Size ? 1 : 0;
        double trace = 0;
        for (int i = 0; i < Size; i++)
            trace += A[(i * Size) + i];
        Gpu.Barrier();
        bool goesOn = Size > 1;
        for (int sweep = 0; sweep < Sweeps && goesOn; sweep++)
        {
            int turns = 0;
            for (int round = 0; round < players - 1; round++)
            {
                for (int p = t; p < pairs; p += Gpu.Threads)
                {
                    int i = First(p, round, players), j = Second(p, round, players);
                    double cosine = 1, sine = 0;
                    if (j < Size)
                    {
                        double across = A[(i * Size) + j];
                        if (Math.Abs(across) > Settled * trace)
                        {
                            double slope = (A[(j * Size) + j] - A[(i * Size) + i]) / (2 * across);
                            double tangent = (slope < 0 ? -1 : 1) / (Math.Abs(slope) + Math.Sqrt(1 + (slope * slope)));
                            cosine = 1 / Math.Sqrt(1 + (tangent * tangent));
                            sine = tangent * cosine;
                            turns++;
                        }
                    }

                    cosines[p] = cosine;
                    sines[p] = sine;
                }

                Gpu.Barrier();
                for (int e = t; e < pairs * Size; e += Gpu.Threads)
                {
                    int p = e / Size, k = e % Size, i = First(p, round, players), j = Second(p, round, players);
                    if (j < Size && sines[p] != 0)
                    {
                        double c = cosines[p], s = sines[p], x = A[(i * Size) + k], y = A[(j * Size) + k];
                        A[(i * Size) + k] = (c * x) - (s * y);
                        A[(j * Size) + k] = (s * x) + (c * y);
                        x = Turned[(i * Size) + k];
                        y = Turned[(j * Size) + k];
                        Turned[(i * Size) + k] = (c * x) - (s * y);
                        Turned[(j * Size) + k] = (s * x) + (c * y);
                    }
                }

                Gpu.Barrier();
                for (int e = t; e < pairs * Size; e += Gpu.Threads)
                {
                    int p = e / Size, k = e % Size, i = First(p, round, players), j = Second(p, round, players);
                    if (j < Size && sines[p] != 0)
                    {
                        double c = cosines[p], s = sines[p], x = A[(k * Size) + i], y = A[(k * Size) + j];
                        A[(k * Size) + i] = (c * x) - (s * y);
                        A[(k * Size) + j] = (s * x) + (c * y);
                    }
                }

                Gpu.Barrier();
            }

            active[t] = turns;
            Gpu.Barrier();
            int all = 0;
            for (int i = 0; i < Gpu.Threads; i++)
                all += active[i];
            goesOn = all > 0;
            Gpu.Barrier();
        }

        // an eigenvector goes where the count of larger eigenvalues says
        for (int i = t; i < Size; i += Gpu.Threads)
        {
            double value = A[(i * Size) + i];
            int place = 0;
            for (int j = 0; j < Size; j++)
            {
                double other = A[(j * Size) + j];
                if (other > value || (other == value && j < i))
                    place++;
            }

            Values[place] = value;
            for (int k = 0; k < Size; k++)
                Vectors[(place * Size) + k] = Turned[(i * Size) + k];
        }
    }

    private static int First(int pair, int round, int players) => Math.Min(Seat(pair, round, players), Opponent(pair, round, players));

    private static int Second(int pair, int round, int players) => Math.Max(Seat(pair, round, players), Opponent(pair, round, players));

    private static int Seat(int pair, int round, int players) => pair == 0 ? players - 1 : (round + pair) % (players - 1);

    private static int Opponent(int pair, int round, int players) => (round + players - 1 - pair) % (players - 1);
}
