using System.Numerics;

namespace Engram.Kernels.LinearAlgebra;

/// <summary>
/// The columns of a row by row matrix that hold anything but zeros, moved together: border pixels of digits, words that a class never uses, dead units. What is
/// left out takes part in no product, and its entries in the singular vectors are exactly 0.
/// </summary>
internal unsafe ref struct OccupiedColumns
{
    // larger copies would cost more memory than a caller expects; of runs of zeros this short nothing is gained
    private const long MostCopied = 1 << 22;
    private const int ShortestGap = 4, Probe = 32;
    private readonly int _rows;
    private readonly int _columns;
    private readonly float* _copy;
    private readonly uint* _bits;
    private readonly (int Start, int Length)* _runs; // of columns that stay
    private int _runCount; // 0 while there is no copy

    internal OccupiedColumns(ref Scratch pieces, int rows, int columns)
    {
        _rows = rows;
        _columns = columns;
        long copied = (long)rows * Stride(MostOccupied(columns));
        if (copied <= MostCopied)
        {
            _copy = pieces.Floats(copied + Vector<float>.Count);
            _bits = (uint*)pieces.Integers(columns);
            _runs = ((int, int)*)pieces.Integers(2L * columns);
        }
    }

    /// <summary>Columns of the matrix.</summary>
    internal readonly int Columns => _columns;

    /// <summary>
    /// The occupied columns of <paramref name="b"/>, or all of it where less than an eighth would go, fewer than <paramref name="least"/> would stay, or the copy
    /// would be large.
    /// </summary>
    internal MatrixView Gather(in MatrixView b, int least)
    {
        if (_runs == null || !Find(b))
        {
            return b;
        }

        (int runs, int count) = ListRuns();
        if (count > MostOccupied(_columns) || count < least)
        {
            return b;
        }

        _runCount = runs;
        nint stride = Stride(count);
        for (int i = 0; i < _rows; i++)
        {
            float* target = _copy + i * stride, source = b.At(i, 0);
            for (int run = 0; run < runs; run++)
            {
                Copy(source, _runs[run].Start, _runs[run].Length, target);
                target += _runs[run].Length;
            }
        }

        return new MatrixView(_copy, _rows, count, stride, 1);
    }

    /// <summary>Moves entries that belong to columns of the copy, <paramref name="unit"/> floats each, to where the matrix has them; zeros between. In place.</summary>
    internal readonly void Spread(float* entries, int unit)
    {
        int from = 0, end = _columns;
        for (int run = 0; run < _runCount; run++)
        {
            from += _runs[run].Length;
        }

        for (int run = _runCount - 1; run >= 0; run--)
        {
            (int start, int length) = _runs[run];
            from -= length;
            Entries(entries, start + length, end - start - length, unit).Clear();
            Entries(entries, from, length, unit).CopyTo(Entries(entries, start, length, unit));
            end = start;
        }

        Entries(entries, 0, _runCount > 0 ? end : 0, unit).Clear();
    }

    private static Span<float> Entries(float* entries, int first, int count, int unit) => new(entries + (nint)first * unit, count * unit);

    // what whole vectors write behind the run is overwritten by the next one
    private readonly void Copy(float* row, int start, int length, float* target)
    {
        int done = 0;
        for (; done < length && start + done + Vector<float>.Count <= _columns; done += Vector<float>.Count)
        {
            Vector.Load(row + start + done).Store(target + done);
        }

        for (; done < length; done++)
        {
            target[done] = row[start + done];
        }
    }

    private static int MostOccupied(int columns) => columns / 8 * 7;

    // rows of the copy begin at cache lines
    private static nint Stride(int count) => (count + 15) / 16 * 16;

    // the bits of every column, of all its rows, but for signs; false as soon as too few are empty
    private readonly bool Find(in MatrixView b)
    {
        new Span<uint>(_bits, _columns).Clear();
        for (int i = 0; i < _rows; i++)
        {
            uint* row = (uint*)b.At(i, 0);
            int j = 0;
            for (; j <= _columns - Vector<uint>.Count; j += Vector<uint>.Count)
            {
                (Vector.Load(_bits + j) | Vector.ShiftLeft(Vector.Load(row + j), 1)).Store(_bits + j);
            }

            for (; j < _columns; j++)
            {
                _bits[j] |= row[j] << 1;
            }

            if (i % Probe == Probe - 1 && new ReadOnlySpan<uint>(_bits, _columns).Count(0u) < _columns - MostOccupied(_columns))
            {
                return false;
            }
        }

        return true;
    }

    // short gaps stay
    private readonly (int Runs, int Count) ListRuns()
    {
        int runs = 0, count = 0;
        for (int j = 0; j < _columns; j++)
        {
            if (_bits[j] == 0)
            {
                continue;
            }

            int length = runs == 0 ? 0 : j + 1 - _runs[runs - 1].Start;
            if (runs > 0 && length - _runs[runs - 1].Length <= ShortestGap)
            {
                count += length - _runs[runs - 1].Length;
                _runs[runs - 1].Length = length;
            }
            else
            {
                _runs[runs++] = (j, 1);
                count++;
            }
        }

        return (runs, count);
    }
}
