using FsCheck;
using FsCheck.Fluent;

namespace Engram.Kernels.Tests.Elementwise;

/// <summary>A copy between any two layouts puts every element where it belongs, transposes of all sizes among them.</summary>
public class CopyTests
{
    private static readonly Device Cpu = Device.Host;

    [Fact]
    public void Any_permutation_of_axes_is_copied_element_for_element()
    {
        Arbitrary<(int[], int)> cases = Arb.From(
            from rank in Gen.Choose(2, 5)
            from sizes in Gen.Choose(1, 11).ArrayOf(rank)
            from order in Gen.Choose(0, 119)
            select (sizes, order));
        Prop.ForAll(cases, pair => Agrees(pair.Item1, pair.Item2)).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(3, 64, 49)]
    [InlineData(1, 33, 32)]
    [InlineData(2, 5, 131)]
    [InlineData(1, 4, 4)]
    [InlineData(7, 100, 3)]
    public void A_batch_of_transposes_is_copied_element_for_element(int batch, int rows, int columns) => Assert.True(Agrees([batch, rows, columns], 1));

    // order counts permutations in lexicographic order, modulo how many there are
    private static bool Agrees(int[] sizes, int order)
    {
        int rank = sizes.Length;
        List<int> rest = [.. Enumerable.Range(0, rank)];
        int[] axes = new int[rank];
        int number = order % Enumerable.Range(1, rank).Aggregate((a, b) => a * b);
        for (int i = 0, radix = Enumerable.Range(1, rank).Aggregate((a, b) => a * b); i < rank; i++)
        {
            radix /= rank - i;
            axes[i] = rest[number / radix];
            rest.RemoveAt(number / radix);
            number %= radix;
        }

        Layout source = Layout.RowMajor(sizes);
        Layout permuted = source;
        // selection sort by exchanges of two axes
        int[] at = [.. Enumerable.Range(0, rank)];
        for (int i = 0; i < rank; i++)
        {
            int j = Array.IndexOf(at, axes[i], i);
            if (i != j)
                permuted = permuted.Transpose(i, j);
            (at[i], at[j]) = (at[j], at[i]);
        }

        int count = source.Count;
        using DeviceBuffer<float> from = Cpu.Allocate<float>(count), to = Cpu.Allocate<float>(count);
        for (int i = 0; i < count; i++)
            from.HostSpan[i] = i;
        Layout target = Layout.RowMajor(permuted.Sizes);
        Cpu.Copy(new View(from, permuted), new View(to, target));
        int[] index = new int[rank];
        for (int i = 0; i < count; i++)
        {
            int place = 0;
            for (int d = 0; d < rank; d++)
                place += index[d] * permuted.Strides[d];
            if (to.HostSpan[i] != place)
                return false;
            for (int d = rank - 1; d >= 0 && ++index[d] == permuted.Sizes[d]; d--)
                index[d] = 0;
        }

        return true;
    }
}
