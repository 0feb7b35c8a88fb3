using System.Text.Json;

namespace Engram.Data.Tests;

public sealed class ScenarioTests
{
    // every image's first four pixels hold its number, so that images can be recognised
    private static readonly Dataset Numbered = new("numbered", Number(600, 0), Number(100, 1000));

    [Fact]
    public void Fixed_steps_rotate_disjoint_consecutive_blocks()
    {
        TaskStream stream = new RotationScenario().CreateStream(Numbered, seed: 9);
        Assert.Equal(5, stream.KnownLength);
        Assert.Equal((10, 16), (stream.Outputs, stream.Inputs));
        StreamTask[] tasks = [.. stream];
        Assert.Equal(["rotation 0°", "rotation 20°", "rotation 40°", "rotation 60°", "rotation 80°"], tasks.Select(t => t.Name));
        Assert.All(tasks, task => Assert.Equal((120, 20), (task.Train.Count, task.Test.Count)));
        Assert.Equal(Numbered.Train.Slice(0, 120).AllPixels.ToArray(), tasks[0].Train.AllPixels.ToArray());
        ImageSet second = Numbered.Train.Slice(120, 120).Transform(new ImageRotation(20, 4, 4));
        Assert.Equal(second.AllPixels.ToArray(), tasks[1].Train.AllPixels.ToArray());
        ImageSet last = Numbered.Test.Slice(80, 20).Transform(new ImageRotation(80, 4, 4));
        Assert.Equal(last.AllPixels.ToArray(), tasks[4].Test.AllPixels.ToArray());
    }

    [Theory]
    [InlineData(Arrangement.FileOrder, null)]
    [InlineData(Arrangement.FileOrder, 50)]
    [InlineData(Arrangement.Shuffled, null)]
    [InlineData(Arrangement.Shuffled, 50)]
    public void Disjoint_blocks_share_no_image(Arrangement arrangement, int? limit)
    {
        RotationScenario options = new() { DegreesPerTask = 0, Arrangement = arrangement, TrainPerTask = limit };
        int[] seen = [.. options.CreateStream(Numbered, 3).SelectMany(t => NumbersOf(t.Train))];
        Assert.Equal((limit ?? 120) * 5, seen.Length);
        Assert.Equal(seen.Length, seen.Distinct().Count());
        int[] tests = [.. options.CreateStream(Numbered, 3).SelectMany(t => NumbersOf(t.Test))];
        Assert.Equal(Enumerable.Range(1000, 100), tests.Order());
    }

    [Fact]
    public void Shuffled_blocks_depend_on_the_seed_and_on_nothing_else()
    {
        RotationScenario options = new() { DegreesPerTask = 0, Arrangement = Arrangement.Shuffled };
        int[] a = NumbersOf(options.CreateStream(Numbered, 3).Task(2).Train);
        Assert.Equal(a, NumbersOf(options.CreateStream(Numbered, 3).Task(2).Train));
        Assert.NotEqual(a, NumbersOf(options.CreateStream(Numbered, 4).Task(2).Train));
        Assert.NotEqual(a.Order(), a);
    }

    [Fact]
    public void Shared_blocks_draw_different_images_per_task_and_test_on_everything()
    {
        RotationScenario options = new() { Blocks = Blocks.Shared, TrainPerTask = 200, DegreesPerTask = 0, Tasks = 20 };
        StreamTask[] tasks = [.. options.CreateStream(Numbered, 3)];
        Assert.All(tasks, task =>
        {
            int[] numbers = NumbersOf(task.Train);
            Assert.Equal(200, numbers.Distinct().Count());
            Assert.Equal(100, task.Test.Count);
        });
        Assert.NotEqual(NumbersOf(tasks[0].Train), NumbersOf(tasks[1].Train));

        // an image is missed by one task with probability 2/3, by all twenty with (2/3)^20: 0.2 of 600 images
        Assert.InRange(tasks.SelectMany(t => NumbersOf(t.Train)).Distinct().Count(), 590, 600);
    }

    [Fact]
    public void Random_angles_lie_in_their_intervals_and_follow_the_seed()
    {
        RotationScenario options = new() { Angles = RotationAngles.RandomInInterval, Tasks = 20 };
        double[] angles = [.. Enumerable.Range(0, 20).Select(t => options.DegreesOf(7, t))];
        for (int t = 0; t < 20; t++)
        {
            Assert.InRange(angles[t], 9 * t, 9 * (t + 1));
        }

        Assert.Equal(angles[5], options.DegreesOf(7, 5));
        Assert.NotEqual(angles[5], options.DegreesOf(8, 5));
        RotationScenario free = options with { Angles = RotationAngles.Random };
        Assert.All(Enumerable.Range(0, 100), t => Assert.InRange(free.DegreesOf(7, t), 0, 180));
        Assert.NotEqual(Enumerable.Range(0, 20).Select(t => free.DegreesOf(7, t)).Order(), Enumerable.Range(0, 20).Select(t => free.DegreesOf(7, t)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Permutation_tasks_have_orders_of_their_own(bool firstIsIdentity)
    {
        PermutationScenario options = new() { FirstIsIdentity = firstIsIdentity, Blocks = Blocks.Shared };
        StreamTask[] tasks = [.. options.CreateStream(Numbered, 3)];
        string[] pixels = [.. tasks.Select(t => Convert.ToHexString(t.Test.Pixels(7)))];
        Assert.Equal(5, pixels.Distinct().Count());
        Assert.Equal(firstIsIdentity, pixels[0] == Convert.ToHexString(Numbered.Test.Pixels(7)));
        byte[] before = Numbered.Test.Pixels(7).ToArray(), after = tasks[3].Test.Pixels(7).ToArray();
        Assert.Equal(before.Order(), after.Order());
    }

    [Fact]
    public void Modulo_split_gives_every_task_the_same_two_outputs()
    {
        TaskStream stream = new ClassSplitScenario().CreateStream(Numbered, 0);
        Assert.Equal((5, 2), (stream.KnownLength!.Value, stream.Outputs));
        foreach (StreamTask task in stream)
        {
            Assert.Equal($"classes {2 * task.Index},{(2 * task.Index) + 1}", task.Name);
            Assert.Equal([0, 1], task.Classes);
            Assert.Equal((120, 2), (task.Train.Count, task.Train.ClassCount));
            int[] numbers = NumbersOf(task.Train);
            for (int i = 0; i < numbers.Length; i++)
            {
                int original = Numbered.Train.Label(numbers[i]);
                Assert.Equal(task.Index, original / 2);
                Assert.Equal(original % 2, task.Train.Label(i));
            }
        }
    }

    [Fact]
    public void Kept_labels_need_all_outputs_and_name_their_columns()
    {
        ClassSplitScenario options = new() { LabelMapping = LabelMapping.Keep, ClassOrder = [9, 0, 4, 2], TestPerTask = 7 };
        TaskStream stream = options.CreateStream(Numbered, 0);
        Assert.Equal((2, 10), (stream.KnownLength!.Value, stream.Outputs));
        StreamTask first = stream.Task(0);
        Assert.Equal([0, 9], first.Classes);
        Assert.Equal("classes 9,0", first.Name);
        Assert.Equal([0, 9], first.Train.Labels.ToArray().Distinct().Order());
        Assert.Equal(7, first.Test.Count);
        Assert.All(NumbersOf(first.Train).Zip(first.Train.Labels.ToArray()), pair => Assert.Equal(Numbered.Train.Label(pair.First), pair.Second));
    }

    [Fact]
    public void Shuffled_classes_still_appear_once_each()
    {
        ClassSplitScenario options = new() { LabelMapping = LabelMapping.Keep, ShuffleClasses = true };
        int[] classes = [.. options.CreateStream(Numbered, 1).SelectMany(t => t.Classes)];
        Assert.Equal(Enumerable.Range(0, 10), classes.Order());
        Assert.NotEqual(classes, [.. options.CreateStream(Numbered, 2).SelectMany(t => t.Classes)]);
    }

    [Theory]
    [InlineData(0.1, 2, null)]
    [InlineData(0.35, 2, null)]
    [InlineData(1.0, 2, null)]
    [InlineData(0.5, 5, null)]
    [InlineData(1.0, 5, null)]
    [InlineData(0.25, 1, 33)]
    public void A_blurred_task_has_exactly_its_share_of_other_tasks_images_and_every_image_comes_once(double blur, int classesPerTask, int? limit)
    {
        ClassSplitScenario sharp = new() { ClassesPerTask = classesPerTask, LabelMapping = LabelMapping.Keep, ShuffleClasses = true, TrainPerTask = limit };
        StreamTask[] plain = [.. sharp.CreateStream(Numbered, 5)], tasks = [.. (sharp with { Blur = blur }).CreateStream(Numbered, 5)];
        for (int t = 0; t < tasks.Length; t++)
        {
            int[] numbers = NumbersOf(tasks[t].Train), labels = tasks[t].Train.Labels.ToArray();
            Assert.Equal(plain[t].Train.Count, numbers.Length);
            Assert.Equal(plain[t].Classes, tasks[t].Classes);
            Assert.Equal(plain[t].Test.AllPixels.ToArray(), tasks[t].Test.AllPixels.ToArray());
            Assert.Equal((int)Math.Round(blur * numbers.Length), labels.Count(label => !tasks[t].Classes.Contains(label)));
            Assert.All(numbers.Zip(labels), pair => Assert.Equal(Numbered.Train.Label(pair.First), pair.Second));
        }

        // the same images as without blur, each once
        Assert.Equal(plain.SelectMany(task => NumbersOf(task.Train)).Order(), tasks.SelectMany(task => NumbersOf(task.Train)).Order());
        Assert.Equal(tasks.SelectMany(task => NumbersOf(task.Train)), (sharp with { Blur = blur }).CreateStream(Numbered, 5).SelectMany(task => NumbersOf(task.Train)));
        Assert.NotEqual(tasks.SelectMany(task => NumbersOf(task.Train)), (sharp with { Blur = blur }).CreateStream(Numbered, 6).SelectMany(task => NumbersOf(task.Train)));
        if (tasks.Length == 5 && blur < 1)
            Assert.True(tasks[0].Train.Labels.ToArray().Distinct().Count() > 6, "images come from all other tasks, not from one");
    }

    [Fact]
    public void No_blur_is_the_stream_without_the_option_and_what_does_not_fit_is_named()
    {
        ClassSplitScenario sharp = new() { LabelMapping = LabelMapping.Keep };
        Assert.Equal(sharp.CreateStream(Numbered, 1).Task(1).Train.AllPixels.ToArray(), (sharp with { Blur = 0 }).CreateStream(Numbered, 1).Task(1).Train.AllPixels.ToArray());
        Assert.DoesNotContain("blur", JsonSerializer.Serialize(sharp, ScenarioJsonContext.Default.ScenarioOptions));
        Assert.Contains("blur", Assert.Single((sharp with { Blur = 1.5 }).Validate()));
        Assert.Contains("labelMapping", Assert.Single(new ClassSplitScenario { Blur = 0.1 }.Validate()));
        Assert.Contains("nobody", Assert.Single((sharp with { Blur = 0.1, Tasks = 1 }).Validate()));
        // one task of 60 images against one of 20 exchange no more than the smaller one gives
        int[] all = [.. Enumerable.Range(0, 600)];
        Dataset uneven = new("uneven", Numbered.Train.Subset([.. all.Where(i => Numbered.Train.Label(i) == 0), .. all.Where(i => Numbered.Train.Label(i) == 1).Take(20)]), Numbered.Test);
        StreamTask[] tasks = [.. (sharp with { Blur = 0.5, ClassesPerTask = 1, ClassOrder = [0, 1] }).CreateStream(uneven, 1)];
        Assert.Equal([10, 10], tasks.Select(task => task.Train.Labels.ToArray().Count(label => !task.Classes.Contains(label))));
        Assert.Equal(80, tasks.SelectMany(task => NumbersOf(task.Train)).Distinct().Count());
    }

    [Fact]
    public void The_drifting_stream_has_no_end_and_can_be_entered_anywhere()
    {
        DriftingRotationScenario options = new() { TrainPerTask = 30, TestPerTask = 20, DegreesPerTask = 50, StartDegrees = 10 };
        TaskStream stream = options.CreateStream(Numbered, 4);
        Assert.Null(stream.KnownLength);
        Assert.Equal(
            ["rotation 10°", "rotation 60°", "rotation 110°", "rotation 160°", "rotation 210°", "rotation 260°", "rotation 310°", "rotation 0°"],
            stream.Take(8).Select(t => t.Name));
        StreamTask late = stream.Task(1_000_000);
        Assert.Equal((30, 20), (late.Train.Count, late.Test.Count));
        Assert.Equal(stream.From(3).First().Train.AllPixels.ToArray(), stream.Skip(3).First().Train.AllPixels.ToArray());
    }

    [Fact]
    public void Tasks_and_images_are_made_only_when_asked_for()
    {
        int tasks = 0, trained = 0, tested = 0;
        TaskStream stream = new("counted", null, 10, 1, 4, 4, index =>
        {
            tasks++;
            return new StreamTask(index, "x", [0], () => Made(ref trained, Numbered.Train), () => Made(ref tested, Numbered.Test));
        });
        Assert.Equal(0, tasks);
        using IEnumerator<StreamTask> walk = stream.GetEnumerator();
        Assert.True(walk.MoveNext());
        Assert.Equal((1, 0, 0), (tasks, trained, tested));
        Assert.Equal(100, walk.Current.Test.Count);
        Assert.Same(walk.Current.Test, walk.Current.Test);
        Assert.Equal((1, 0, 1), (tasks, trained, tested));

        static ImageSet Made(ref int counter, ImageSet set)
        {
            counter++;
            return set;
        }
    }

    [Fact]
    public void A_task_outside_the_stream_is_an_error_that_says_how_many_there_are()
    {
        TaskStream stream = new RotationScenario().CreateStream(Numbered, 0);
        Assert.Contains("it has 5", Assert.Throws<ArgumentOutOfRangeException>(() => stream.Task(5)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => stream.Task(-1));
    }

    [Fact]
    public void All_problems_of_a_scenario_are_listed_at_once()
    {
        RotationScenario rotation = new() { Tasks = 0, TrainPerTask = 0, TestPerTask = -1, DegreesPerTask = double.NaN };
        Assert.Equal(4, rotation.Validate().Count);
        Assert.Equal(3, new ClassSplitScenario { ClassesPerTask = 0, Tasks = 0, ClassOrder = [1, 1, 2] }.Validate().Count);
        Assert.Single(new ClassSplitScenario { ClassOrder = [1, 2], ShuffleClasses = true }.Validate());
        Assert.Single(new DriftingRotationScenario { StartDegrees = double.PositiveInfinity }.Validate());
        Assert.Empty(new RotationScenario().Validate());
        Assert.Empty(new PermutationScenario().Validate());
        Assert.Empty(new ClassSplitScenario().Validate());
    }

    [Fact]
    public void Problems_with_the_data_are_found_before_any_task_is_made()
    {
        Assert.Equal(2, new RotationScenario { Tasks = 700 }.Validate(Numbered).Count);
        Assert.Contains("120", Assert.Single(new RotationScenario { TrainPerTask = 121 }.Validate(Numbered)));
        Assert.Single(new ClassSplitScenario { ClassesPerTask = 3 }.Validate(Numbered));
        Assert.Empty(new ClassSplitScenario { ClassesPerTask = 3, Tasks = 3 }.Validate(Numbered));
        Assert.Contains("got 10", Assert.Single(new ClassSplitScenario { ClassOrder = [1, 10] }.Validate(Numbered)));
        string message = Assert.Throws<ArgumentException>(() => new RotationScenario { TrainPerTask = 121 }.CreateStream(Numbered, 0)).Message;
        Assert.Contains("trainPerTask", message);
    }

    [Theory]
    [InlineData("""{"kind":"rotation","tasks":3,"blocks":"shared","angles":"random-in-interval","interpolation":"bilinear"}""")]
    [InlineData("""{"tasks":3,"blocks":"shared","angles":"random-in-interval","interpolation":"bilinear","kind":"rotation"}""")]
    public void Scenarios_are_read_by_kind_with_the_kind_anywhere(string json)
    {
        RotationScenario expected = new()
        {
            Tasks = 3,
            Blocks = Blocks.Shared,
            Angles = RotationAngles.RandomInInterval,
            Interpolation = Interpolation.Bilinear,
        };
        Assert.Equal(expected, JsonSerializer.Deserialize(json, ScenarioJsonContext.Default.ScenarioOptions));
    }

    [Fact]
    public void Scenarios_survive_the_way_through_JSON()
    {
        ScenarioOptions[] all =
        [
            new RotationScenario { Tasks = 7, TrainPerTask = 5 },
            new PermutationScenario { FirstIsIdentity = true, Arrangement = Arrangement.Shuffled },
            new DriftingRotationScenario { TestPerTask = null, DegreesPerTask = -2.5 },
            new ClassSplitScenario { LabelMapping = LabelMapping.Keep },
        ];
        foreach (ScenarioOptions options in all)
        {
            string json = JsonSerializer.Serialize(options, ScenarioJsonContext.Default.ScenarioOptions);
            Assert.Contains($"\"kind\": \"{options.Kind}\"", json);
            Assert.Equal(options, JsonSerializer.Deserialize(json, ScenarioJsonContext.Default.ScenarioOptions));
        }
    }

    [Theory]
    [InlineData("""{"kind":"rotation","taskss":3}""")]
    [InlineData("""{"kind":"spiral"}""")]
    [InlineData("""{"kind":"rotation","blocks":"both"}""")]
    public void Unknown_keys_kinds_and_values_are_refused(string json) =>
        Assert.ThrowsAny<JsonException>(() => JsonSerializer.Deserialize(json, ScenarioJsonContext.Default.ScenarioOptions));

    private static ImageSet Number(int count, int offset)
    {
        byte[] pixels = new byte[count * 16];
        for (int i = 0; i < count; i++)
        {
            int number = i + offset;
            for (int p = 0; p < 16; p++)
            {
                pixels[(16 * i) + p] = (byte)(p < 2 ? number >> (8 * p) : (number * 13) + (p * 29));
            }
        }

        return new ImageSet("numbered", pixels, Enumerable.Range(0, count).Select(i => i % 10).ToArray(), 4, 4, 1, 10);
    }

    private static int[] NumbersOf(ImageSet set) =>
        [.. Enumerable.Range(0, set.Count).Select(i => set.Pixels(i)[0] | (set.Pixels(i)[1] << 8))];
}
