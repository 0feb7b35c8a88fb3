// A learner inside an application: observe batches as they arrive, end a task, predict, save, load.
// Sensor readings of 32 values come from three machine states; after a while the sensors are replaced and every reading looks
// different. A replay buffer keeps the network good at both.
using Engram.ContinualLearning;
using Engram.Kernels;
using Engram.Models;

const int Features = 32, States = 3, BatchSize = 16;
var model = new Mlp(new MlpOptions { Input = ImageShape.Flat(Features), Hidden = [64], Outputs = States });
string file = Path.Combine(Path.GetTempPath(), "embedded-learner.safetensors");

foreach (StrategyOptions strategy in new StrategyOptions[]
{
    new FineTuneOptions(),
    new ErOptions { Replay = new BufferOptions { Storage = BufferStorage.Reservoir, Capacity = 60, Payload = SamplePayload.Half } },
    new ErOptions { Replay = new SvdGeneratorOptions { Rank = 4, FitSamples = 300, CollectFromStream = true } },
})
{
    var learner = new Learner(new LearnerOptions
    {
        Model = model,
        Optimizer = new SgdOptions { LearningRate = 0.05 },
        Strategy = strategy,
        Seed = 1,
    });
    var x = new float[BatchSize * Features];
    var labels = new int[BatchSize];
    for (int sensors = 0; sensors < 2; sensors++)
    {
        for (int step = 0; step < 300; step++)
        {
            Read(sensors, step, x, labels);
            learner.Observe(new Batch(x, labels));                   // 1. learn from what just arrived

            if (step == 150)
            {
                learner.Save(file);                                  // 2. the process may stop here …
                learner.Dispose();
                learner = Learner.Load(file, model);                 // 3. … and go on as if it never had
            }
        }

        learner.EndTask();                                           // 4. the sensors are replaced
    }

    Console.WriteLine($"{Name(strategy),-32} old sensors {Accuracy(learner, 0):P1}   new sensors {Accuracy(learner, 1):P1}   " +
        $"memory {learner.Memory.TotalBytes:N0} bytes");
    learner.Dispose();
}

File.Delete(file);

static double Accuracy(Learner learner, int sensors)
{
    var x = new float[900 * Features];
    var labels = new int[900];
    var states = new int[900];
    Read(sensors, 1_000_000, x, labels);
    learner.Classify(x, 900, states);                                // 5. predict
    return labels.Zip(states, (expected, found) => expected == found ? 1.0 : 0.0).Average();
}

static void Read(int sensors, int moment, Span<float> x, Span<int> labels)
{
    var noise = new RandomCursor(RandomStream.For(5, "readings", (ulong)(sensors * 10_000_000 + moment)));
    for (int i = 0; i < labels.Length; i++)
    {
        labels[i] = noise.NextInt32(States);
        var typical = new RandomCursor(RandomStream.For(5, "typical reading", (ulong)(sensors * States + labels[i])));
        var misleading = new RandomCursor(RandomStream.For(5, "typical reading", (ulong)((labels[i] + 1) % States))); // the next state, as old sensors saw it
        for (int f = 0; f < Features; f++)
            x[i * Features + f] = 0.5f * typical.NextNormal() + 0.5f * sensors * misleading.NextNormal() + 0.5f * noise.NextNormal();
    }
}

static string Name(StrategyOptions strategy) => strategy.Memory switch
{
    null => "fine-tuning",
    BufferOptions => "replay from a reservoir",
    _ => "replay from SVD generators",
};
