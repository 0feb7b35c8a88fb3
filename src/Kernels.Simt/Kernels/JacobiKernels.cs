namespace Engram.Kernels.Simt;

/// <summary>
/// One round of Jacobi rotations of a symmetric matrix A [size, size] in double precision. Half as many rotations as rows are independent of one another and done at
/// once; the pairs come round like the games of a tournament (<see cref="Rounds"/> make a sweep). A thread works where the rows of one pair cross the columns of
/// another: four elements, whose two rotations follow from the old matrix, so that no thread waits for another and any size fits.
/// </summary>
internal struct JacobiRoundKernel : IKernel
{
    /// <summary>The matrix, and where the rotated one goes.</summary>
    public Doubles A, Next;

    /// <summary>Rows that become eigenvectors, rotated in place.</summary>
    public Doubles Turned;

    /// <summary>Rotations since the sweep began, per place of a pair.</summary>
    public Doubles Turns;

    /// <summary>Elements beside the diagonal that are no larger count as zero.</summary>
    public double Negligible;

    public int Size, Round;

    /// <summary>Rotations of a round: of an odd number of rows one pauses.</summary>
    public static int Pairs(int size) => (size + 1) / 2;

    /// <summary>Rounds in which every row has met every other one.</summary>
    public static int Rounds(int size) => (2 * Pairs(size)) - 1;

    /// <summary>The row of a pair that comes first. The last seat of the tournament stays, the others move on by one per round; with an odd size nobody sits there.</summary>
    public readonly int First(int pair) => Math.Min(Seat(pair), Opponent(pair));

    /// <summary>The other row of a pair; of an odd number of rows it may be the one after the last, which is none.</summary>
    public readonly int Second(int pair) => Math.Max(Seat(pair), Opponent(pair));

    public void Run()
    {
        int e = Gpu.Global, pairs = Pairs(Size);
        if (e >= pairs * pairs)
            return;
        int p = e / pairs, q = e % pairs, i = First(p), j = Second(p), k = First(q), l = Second(q);
        double t = Tangent(i, j), c = 1 / Math.Sqrt(1 + (t * t)), s = t * c;
        double across = Tangent(k, l), cosine = 1 / Math.Sqrt(1 + (across * across)), sine = across * cosine;
        bool hasJ = j < Size, hasL = l < Size;
        double ik = A[(i * Size) + k], il = hasL ? A[(i * Size) + l] : 0, jk = hasJ ? A[(j * Size) + k] : 0, jl = hasJ && hasL ? A[(j * Size) + l] : 0;
        double topLeft = (c * ik) - (s * jk), topRight = (c * il) - (s * jl), bottomLeft = (s * ik) + (c * jk), bottomRight = (s * il) + (c * jl);
        Next[(i * Size) + k] = (cosine * topLeft) - (sine * topRight);
        if (hasL)
            Next[(i * Size) + l] = (sine * topLeft) + (cosine * topRight);
        if (hasJ)
            Next[(j * Size) + k] = (cosine * bottomLeft) - (sine * bottomRight);
        if (hasJ && hasL)
            Next[(j * Size) + l] = (sine * bottomLeft) + (cosine * bottomRight);
        if (p == q)
            Turns[p] = (Round > 0 ? Turns[p] : 0) + (t != 0 ? 1 : 0);
        if (t == 0)
            return;
        Turn(i, j, k, c, s);
        if (hasL)
            Turn(i, j, l, c, s);
    }

    private void Turn(int i, int j, int column, double c, double s)
    {
        double x = Turned[(i * Size) + column], y = Turned[(j * Size) + column];
        Turned[(i * Size) + column] = (c * x) - (s * y);
        Turned[(j * Size) + column] = (s * x) + (c * y);
    }

    // of the smaller angle whose rotation makes a_ij zero
    private double Tangent(int i, int j)
    {
        if (j >= Size)
            return 0;
        double across = A[(i * Size) + j];
        if (!(Math.Abs(across) > Negligible))
            return 0;
        double slope = (A[(j * Size) + j] - A[(i * Size) + i]) / (2 * across);
        return (slope < 0 ? -1 : 1) / (Math.Abs(slope) + Math.Sqrt(1 + (slope * slope)));
    }

    private readonly int Seat(int pair) => pair == 0 ? Rounds(Size) : (Round + pair) % Rounds(Size);

    private readonly int Opponent(int pair) => (Round + Rounds(Size) - pair) % Rounds(Size);

}

/// <summary>Eigenvalues in descending order, and their vectors as rows in the same order; a row per thread goes where the count of larger eigenvalues says.</summary>
internal struct EigenOrderKernel : IKernel
{
    public Doubles A, Turned, Values, Vectors;
    public int Size;

    public void Run()
    {
        int i = Gpu.Global;
        if (i >= Size)
            return;
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
