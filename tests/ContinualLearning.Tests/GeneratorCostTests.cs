using Engram.Kernels;
namespace Engram.ContinualLearning.Tests;

public class GeneratorCostTests
{
    [Theory]
    [InlineData(784, 10, 1, 99.7, 11, 7_860)]
    [InlineData(784, 10, 3, 33.2, 31, 23_640)]
    [InlineData(784, 10, 5, 19.85, 51, 39_500)]
    [InlineData(784, 10, 10, 9.86, 102, 79_500)]
    [InlineData(784, 10, 20, 4.87, 206, 161_000)]
    [InlineData(784, 10, 80, 1.13, 883, 692_000)]
    [InlineData(784, 2, 5, 99.2, 11, 7_900)]
    [InlineData(3072, 10, 5, 19.96, 51, 153_900)]
    [InlineData(3072, 10, 80, 1.22, 822, 2_522_400)]
    [InlineData(3072, 2, 80, 6.09, 165, 504_480)]
    public void Compression_factor_and_equal_images_follow_the_papers_equation(int features, int classes, int rank, double factor, int images, long scalars)
    {
        Assert.Equal(factor, GeneratorCost.CompressionFactor(features, 1000, classes, rank), 0.005 * factor);
        Assert.Equal(images, GeneratorCost.EquivalentImages(features, classes, rank));
        Assert.Equal(scalars, classes * GeneratorCost.Scalars(features, rank));
    }

    [Fact]
    public void Byte_equal_images_depend_on_the_payload()
    {
        Assert.Equal(158_000, 10 * GeneratorCost.Bytes(784, 5));
        Assert.Equal(202, GeneratorCost.EquivalentImagesByBytes(784, 10, 5));
        Assert.Equal(10 * (784 * 5 * 2 + 4 * 30), 10 * GeneratorCost.Bytes(784, 5, payload: GeneratorPayload.Float16));
        Assert.Equal(10 * (784 * 5 + 4 * 5 + 4 * 30), 10 * GeneratorCost.Bytes(784, 5, payload: GeneratorPayload.Int8));
        Assert.Equal(52, GeneratorCost.EquivalentImagesByBytes(784, 10, 5, GeneratorPayload.Int8));
    }

    [Fact]
    public void The_lean_form_saves_the_covariance()
    {
        Assert.Equal(784 * 80 + 160, GeneratorCost.Scalars(784, 80, GeneratorForm.Lean));
        Assert.Equal(1 - 62_880.0 / 69_200, 1 - (double)GeneratorCost.Scalars(784, 80, GeneratorForm.Lean) / GeneratorCost.Scalars(784, 80), 12);
    }

    [Fact]
    public void A_memory_of_generators_reports_the_formulas()
    {
        foreach (GeneratorForm form in Enum.GetValues<GeneratorForm>())
        {
            foreach (GeneratorPayload payload in Enum.GetValues<GeneratorPayload>())
            {
                var replay = new SvdGeneratorReplay(new SvdGeneratorOptions { Rank = 3, Form = form, Payload = payload }, Toy.Features, Device.Host);
                replay.EndTask(new TaskContext(0, new TaskInfo(), Toy.Features, Toy.Classes, 1), new ImageSetSamples(Toy.Task(0, 200)));
                Assert.Equal(4 * GeneratorCost.Scalars(Toy.Features, 3, form), replay.MemoryUse.Scalars);
                Assert.Equal(4 * GeneratorCost.Bytes(Toy.Features, 3, form, payload), replay.MemoryUse.PayloadBytes);
                Assert.Equal(4 * 16, replay.MemoryUse.BookkeepingBytes);
            }
        }
    }
}
