using Engram.Formats;
using Engram.Kernels;

namespace Engram;

public readonly partial struct Tensor
{
    /// <summary>Writes the elements as a NumPy .npy file (float32, row-major), atomically.</summary>
    /// <exception cref="IOException">The file cannot be written; the message names path, cause and remedy.</exception>
    public void SaveNpy(string path)
    {
        Span<long> shape = stackalloc long[Rank];
        for (int axis = 0; axis < Rank; axis++)
            shape[axis] = Size(axis);
        NpyFile.Write<float>(path, shape, ToArray());
    }

    /// <summary>Reads a NumPy .npy file of any real type; elements become float32, Fortran order becomes row-major.</summary>
    /// <exception cref="TensorFormatException">The file is damaged, or has more axes or elements than a tensor can hold.</exception>
    public static Tensor LoadNpy(Device device, string path)
    {
        float[] elements = NpyFile.ReadSingles(path, out long[] shape);
        if (shape.Length > Dims6.Capacity)
            throw new TensorFormatException("npy", path, null, $"at most {Dims6.Capacity} axes", $"{shape.Length}", "Reshape the array before saving it.");
        return From(device, elements, Array.ConvertAll(shape, size => checked((int)size)));
    }
}
