namespace Engram.Data;

/// <summary>The unpacked content of a dataset's file that is known by its SHA-256 sum.</summary>
/// <param name="Dataset">The dataset.</param>
/// <param name="File">The file's name without <c>.gz</c>.</param>
/// <param name="Sum">SHA-256 of the unpacked bytes.</param>
/// <param name="Remark">How it differs from the published file; null for the published one.</param>
internal sealed record KnownContent(string Dataset, string File, string Sum, string? Remark = null)
{
    private const string Subset = "the first images of the published file";

    /// <summary>Every known content.</summary>
    public static IReadOnlyList<KnownContent> All { get; } =
    [
        new("mnist", "train-images-idx3-ubyte", "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
        new("mnist", "train-labels-idx1-ubyte", "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
        new("mnist", "t10k-images-idx3-ubyte", "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
        new("mnist", "t10k-labels-idx1-ubyte", "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
        new("fashion-mnist", "train-images-idx3-ubyte", "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"),
        new("fashion-mnist", "train-labels-idx1-ubyte", "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"),
        new("fashion-mnist", "t10k-images-idx3-ubyte", "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"),
        new("fashion-mnist", "t10k-labels-idx1-ubyte", "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"),
        new("cifar10", "data_batch_1.bin", "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"),
        new("cifar10", "data_batch_2.bin", "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"),
        new("cifar10", "data_batch_3.bin", "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"),
        new("cifar10", "data_batch_4.bin", "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"),
        new("cifar10", "data_batch_5.bin", "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"),
        new("cifar10", "test_batch.bin", "5798f40317f1ac87ea9b77bb9d8310cbdf2c138ac55dd2d144d37422e0b6c84f", "20 of its images are decoded JPEGs"),
        new("cifar100", "test.bin", "b1a3acbb035950f9f6bfbe8745c9a6f1931e5197b60b098631b6b2dae4ed0180", "its images stand in another order"),
        new("cifar100", "train.bin", "ff31622c9e06248374fec4f223283a507214fcd8e0ac28340c4e63c1b63ae744", "the first 20,000 of a subset that takes 300 images of every class"),
        new("mnist-m", "train.bin", "3c6c4ba017932b974c50eff0c7855ed603ee898615b9b33788edb6339cbd30db", Subset),
        new("mnist-m", "test.bin", "c029181952576a0a13fbb51fe30a849ad478167b8f0e7333f3e2f5a48f49d6bf", Subset),
    ];
}
