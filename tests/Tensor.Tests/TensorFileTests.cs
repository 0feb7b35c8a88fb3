using Engram.Formats;
using Engram.Kernels;

namespace Engram.Tests;

public class TensorFileTests
{
    [Theory]
    [InlineData(new int[0])]
    [InlineData(new[] { 3, 4 })]
    [InlineData(new[] { 2, 0, 3 })]
    [InlineData(new[] { 2, 1, 3, 2, 1, 2 })]
    public void A_tensor_survives_an_npy_file(int[] shape)
    {
        string path = Path.GetTempFileName();
        try
        {
            Tensor tensor = Tensor.Uninitialized(Device.Host, shape);
            Device.Host.FillNormal(RandomStream.For(1, "npy"), tensor.View, 0, 1);
            tensor.SaveNpy(path);
            Tensor loaded = Tensor.LoadNpy(Device.Host, path);
            Assert.Equal(shape, loaded.Shape);
            Assert.Equal(tensor.ToArray(), loaded.ToArray());
            if (shape.Length == 2)
            {
                tensor.T.SaveNpy(path);
                Assert.Equal(tensor.T.ToArray(), Tensor.LoadNpy(Device.Host, path).ToArray());
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void More_axes_than_a_tensor_has_are_refused_by_name()
    {
        string path = Path.GetTempFileName();
        try
        {
            NpyFile.Write<float>(path, [1, 1, 1, 1, 1, 1, 1], [5f]);
            Assert.Contains("at most 6", Assert.Throws<TensorFormatException>(() => Tensor.LoadNpy(Device.Host, path)).Message);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
