using Engram.Kernels;
using Engram.Results;

namespace Engram.ContinualLearning.Experiments;

/// <summary>
/// Measures what <see cref="ConstraintGapOptions"/> asks for, between the constraint and the optimizer's step. It draws from random streams of its own and
/// leaves parameters, running statistics and memory as they are: a measured run is the unmeasured one, bit for bit.
/// </summary>
/// <param name="learner">The learner.</param>
/// <param name="samples">Training samples of a task by its number.</param>
/// <param name="options">How often, and on how many images.</param>
/// <param name="seed">Chooses the sample of each task.</param>
internal sealed class ConstraintGapProbe(Learner learner, Func<int, ITaskSamples> samples, ConstraintGapOptions options, ulong seed) : IDisposable
{
    private const int ChunkRows = 256;
    private const double Rounding = 1e-6;

    private readonly List<int[]> _chosen = [];
    private Tensor _sum = Tensor.Zeros(learner.Step.Device, learner.Step.Gradient.Count);
    private Tensor _part = Tensor.Zeros(learner.Step.Device, 1, learner.Step.Gradient.Count);
    private int _task;
    private int _seen;
    private int _steps;
    private double _memory, _data, _memoryCosine, _dataCosine, _batch, _new, _newCosine;
    private long _held, _violated, _hidden, _pairs;

    /// <summary>A task begins.</summary>
    public void Begin(int task)
    {
        (_task, _seen, _steps) = (task, 0, 0);
        _memory = _data = _memoryCosine = _dataCosine = _batch = _new = _newCosine = 0;
        _held = _violated = _hidden = _pairs = 0;
        learner.Step.BeforeApply -= Look;
        if (task > 0)
            learner.Step.BeforeApply += Look;
    }

    /// <summary>The task has ended.</summary>
    /// <returns>What was measured in it; null in the first task.</returns>
    public ConstraintGapRow? End()
    {
        learner.Step.BeforeApply -= Look;
        if (_steps == 0)
            return null;
        double Pairs(double sum) => sum / _pairs;
        return new ConstraintGapRow
        {
            Task = _task, Steps = _steps, Memory = Pairs(_memory), Data = Pairs(_data), MemoryCosine = Pairs(_memoryCosine), DataCosine = Pairs(_dataCosine),
            Batch = _batch / _steps, New = _new / _steps, NewCosine = _newCosine / _steps,
            Held = HasMemory ? Pairs(_held) : double.NaN, Violated = Pairs(_violated), Hidden = HasMemory ? Pairs(_hidden) : double.NaN,
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sum.Dispose();
        _part.Dispose();
    }

    private bool HasMemory => learner.Replay is not null;

    private void Look(TrainingStep step)
    {
        if (_seen++ % options.Every != 0)
            return;
        double length = Math.Sqrt(step.Device.Dot(step.Gradient.View, step.Gradient.View));
        for (int k = 0; k < _task; k++)
        {
            (double onMemory, double memoryNorm) = OnMemory(step, k);
            (double onData, double dataNorm) = OnData(step, k);
            bool held = onMemory >= -Rounding * length * memoryNorm, violated = onData < -Rounding * length * dataNorm;
            _memory += onMemory;
            _data += onData;
            _memoryCosine += Cosine(onMemory, length, memoryNorm);
            _dataCosine += Cosine(onData, length, dataNorm);
            _held += held ? 1 : 0;
            _violated += violated ? 1 : 0;
            _hidden += held && violated ? 1 : 0;
            _pairs++;
        }

        step.DifferentiateBatch(_sum);
        _batch += step.Device.Dot(step.Gradient.View, _sum.View);
        (double product, double norm) = OnData(step, _task);
        _new += product;
        _newCosine += Cosine(product, length, norm);
        _steps++;
    }

    // a memory without rows of the task, or a method without a memory, has no constraint
    private (double Product, double Norm) OnMemory(TrainingStep step, int task)
    {
        if (learner.Replay is not { } replay)
            return (double.NaN, double.NaN);
        RandomCursor draw = step.Random("constraint gap");
        return step.DifferentiateMemory(replay, task, TaskGradients.RowsWanted(replay, task, null), _sum, ref draw) == 0 ? (0, 0) : Products(step);
    }

    private (double Product, double Norm) OnData(TrainingStep step, int task)
    {
        ITaskSamples data = samples(task);
        int[] chosen = Chosen(task, data.Count);
        _sum.Fill(0f);
        for (int start = 0; start < chosen.Length; start += ChunkRows)
        {
            int rows = Math.Min(ChunkRows, chosen.Length - start);
            step.DifferentiateSamples(data, chosen.AsSpan(start, rows), task, _part.Select(0, 0));
            step.Device.AddRows([(double)rows / chosen.Length], _part.View, _sum.View);
        }

        return Products(step);
    }

    private (double Product, double Norm) Products(TrainingStep step) =>
        (step.Device.Dot(step.Gradient.View, _sum.View), Math.Sqrt(step.Device.Dot(_sum.View, _sum.View)));

    private static double Cosine(double product, double a, double b) => a * b == 0 ? 0 : product / (a * b);

    private int[] Chosen(int task, int count)
    {
        while (_chosen.Count <= task)
            _chosen.Add([]);
        if (_chosen[task].Length == 0)
        {
            int[] all = [.. Enumerable.Range(0, count)];
            if (count > options.Samples)
            {
                all = new int[options.Samples];
                new RandomCursor(RandomStream.For(seed, "constraint gap sample", (ulong)task)).Sample(all, count);
            }

            _chosen[task] = all;
        }

        return _chosen[task];
    }
}
