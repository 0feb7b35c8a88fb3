using Engram.Models;
using FsCheck;
using FsCheck.Fluent;

namespace Engram.ContinualLearning.Tests;

public class ParameterModulesTests
{
    private static Mlp Model(params int[] hidden) => new(new MlpOptions { Input = ImageShape.Flat(784), Hidden = hidden, Outputs = 10 });

    [Fact]
    public void Modules_cover_every_coordinate_once()
    {
        var cases =
            from partition in Gen.Elements(Enum.GetValues<ParameterPartition>())
            from modules in Gen.Choose(1, 3)
            from seed in Gen.Choose(0, 1000)
            select (partition, modules, seed);
        Model model = Model(7, 5);
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var modules = ParameterModules.Of(model.Parameters, c.partition, c.modules, (ulong)c.seed);
            int next = 0;
            for (int m = 0; m < modules.Count; m++)
            {
                if (modules[m].Start != next || modules[m].Count < 1)
                    return false;
                next += modules[m].Count;
            }

            return next == model.Parameters.Length && (modules.Order is null || modules.Order.Order().SequenceEqual(Enumerable.Range(0, next)));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Layers_tensors_and_balanced_groups_of_an_mlp()
    {
        Model model = Model(100, 100);
        int[] Sizes(ParameterPartition partition, int count) =>
            ParameterModules.Of(model.Parameters, partition, count, 0) is var modules ? [.. Enumerable.Range(0, modules.Count).Select(m => modules[m].Count)] : [];
        Assert.Equal([78_500, 10_100, 1_010], Sizes(ParameterPartition.Layers, 1));
        Assert.Equal([78_400, 100, 10_000, 100, 1_000, 10], Sizes(ParameterPartition.Tensors, 1));
        Assert.Equal([78_500, 11_110], Sizes(ParameterPartition.LayerGroups, 2));
        Assert.Equal([44_805, 44_805], Sizes(ParameterPartition.EqualSlices, 2));
        Assert.Equal([44_805, 44_805], Sizes(ParameterPartition.Random, 2));
        Assert.Equal([1, 5, 2], Model(3, 3, 3, 3, 3, 3, 3) is var deep && ParameterModules.Of(deep.Parameters, ParameterPartition.LayerGroups, 3, 0) is var groups
            ? [.. Enumerable.Range(0, 3).Select(m => deep.Parameters.Count(p => p.Name.EndsWith("weight") && p.Offset >= groups[m].Start && p.Offset < groups[m].Start + groups[m].Count))] : []);
    }

    [Fact]
    public void A_random_partition_is_a_function_of_its_seed()
    {
        Model model = Model(7);
        int[] Order(ulong seed) => ParameterModules.Of(model.Parameters, ParameterPartition.Random, 2, seed).Order!;
        Assert.Equal(Order(1), Order(1));
        Assert.NotEqual(Order(1), Order(2));
    }

    [Fact]
    public void More_modules_than_layers_or_parameters_are_refused_with_the_number_there_is()
    {
        Model model = Model(7);
        Assert.Contains("2 layers", Assert.Throws<ArgumentException>(() => ParameterModules.Of(model.Parameters, ParameterPartition.LayerGroups, 3, 0)).Message);
        Assert.Contains($"{model.Parameters.Length} parameters", Assert.Throws<ArgumentException>(() => ParameterModules.Of(model.Parameters, ParameterPartition.EqualSlices, 1 << 20, 0)).Message);
    }
}
