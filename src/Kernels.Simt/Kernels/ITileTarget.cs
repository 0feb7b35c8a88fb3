namespace Engram.Kernels.Simt;

/// <summary>Where the elements of a product go.</summary>
internal interface ITileTarget
{
    /// <summary>Not 0 where four neighbours of a row from a multiple of four on can be written at once.</summary>
    int IsWide { get; }

    /// <summary>Takes one element of one of the batch's products.</summary>
    void Put(int batch, int row, int column, float value);

    /// <summary>Takes four neighbours of a row; called where <see cref="IsWide"/> says so.</summary>
    void PutFour(int batch, int row, int column, Quad values);
}
