namespace Engram.Data;

/// <summary>The datasets that are read from a data folder.</summary>
internal static class DatasetLayouts
{
    private static readonly string[] CifarTen = ["data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"];

    /// <summary>All of them, in the order in which they are listed.</summary>
    public static IReadOnlyList<DatasetLayout> All { get; } =
    [
        new IdxLayout("mnist") { Published = (60_000, 10_000) },
        new IdxLayout("fashion-mnist") { Published = (60_000, 10_000) },
        new IdxLayout("notmnist"),
        new IdxLayout("usps") { Published = (7_291, 2_007) },
        new CifarLayout("cifar10", "cifar10", CifarLabels.Ten, CifarTen, "test_batch.bin", ("cifar-10-binary", "cifar-10-batches-bin"))
        {
            Published = (50_000, 10_000),
        },
        new CifarLayout("cifar100", "cifar100", CifarLabels.Fine, ["train.bin"], "test.bin", ("cifar-100-binary", "cifar-100-binary"))
        {
            Published = (50_000, 10_000),
        },
        new CifarLayout("cifar100-coarse", "cifar100", CifarLabels.Coarse, ["train.bin"], "test.bin", ("cifar-100-binary", "cifar-100-binary"))
        {
            Published = (50_000, 10_000), SameFilesAs = "cifar100",
        },
        new CifarLayout("mnist-m", "mnist-m", CifarLabels.Ten, ["train.bin"], "test.bin") { Published = (59_001, 9_001) },
        new SvhnLayout() { Published = (73_257, 26_032) },
    ];

    /// <summary>The layout of a name; null when it is not known.</summary>
    public static DatasetLayout? Of(string name) => All.FirstOrDefault(layout => layout.Name == name);
}
