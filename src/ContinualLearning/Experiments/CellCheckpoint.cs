using System.Text.Json;
using System.Text.Json.Serialization;
using Engram.Data;
using Engram.Kernels;

namespace Engram.ContinualLearning.Experiments;

/// <summary>
/// The checkpoint of a long cell at a task's end: the learner's file and what was measured so far. The second file names the first and is
/// written after it, so that the two always belong together.
/// </summary>
internal sealed class CellCheckpoint
{
    private const string StateFile = "progress.json";

    private readonly string _learner;

    private CellCheckpoint(string learner, CellProgress progress)
    {
        _learner = learner;
        Progress = progress;
    }

    /// <summary>What was measured.</summary>
    public CellProgress Progress { get; }

    /// <summary>The checkpoint in a folder; null when there is none that can be used.</summary>
    public static CellCheckpoint? Find(string folder, string fingerprint, int tasks)
    {
        string path = Path.Combine(folder, StateFile);
        if (!File.Exists(path))
            return null;
        try
        {
            CellCheckpointState? state = JsonSerializer.Deserialize(File.ReadAllBytes(path), CellCheckpointJsonContext.Default.CellCheckpointState);
            if (state is null || state.Fingerprint != fingerprint || Path.GetFileName(state.Learner) != state.Learner)
                return null;
            CellProgress progress = state.Progress;
            string learner = Path.Combine(folder, state.Learner);
            bool whole = progress.TasksDone > 0 && progress.TasksDone < tasks && File.Exists(learner)
                && HasShape(progress.Matrix, tasks) && HasShape(progress.Masked, tasks);
            return whole ? new CellCheckpoint(learner, progress) : null;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            // Not usable: the cell begins again, which costs time and no correctness.
            return null;
        }
    }

    /// <summary>The learner as it was.</summary>
    /// <exception cref="IOException">Its file is damaged; the message says what to delete.</exception>
    public Learner Learner(ExperimentOptions options, TaskStream stream, Device device)
    {
        try
        {
            using Learner fresh = CellRunner.CreateLearner(options, stream, device);
            return ContinualLearning.Learner.Load(_learner, fresh.Model, device);
        }
        catch (Exception e) when (e is CheckpointException or Formats.TensorFormatException)
        {
            throw new IOException($"the checkpoint {_learner} is damaged; delete its folder, and the cell begins again. {e.Message}", e);
        }
    }

    /// <summary>Writes a checkpoint and removes the one before.</summary>
    public static void Save(string folder, string fingerprint, Learner learner, CellProgress progress)
    {
        Directory.CreateDirectory(folder);
        string name = $"task{progress.TasksDone}.safetensors";
        learner.Save(Path.Combine(folder, name));
        string temporary = Path.Combine(folder, StateFile + ".tmp"), path = Path.Combine(folder, StateFile);
        File.WriteAllBytes(temporary, JsonSerializer.SerializeToUtf8Bytes(
            new CellCheckpointState(fingerprint, name, progress), CellCheckpointJsonContext.Default.CellCheckpointState));
        File.Move(temporary, path, overwrite: true);
        foreach (string old in Directory.EnumerateFiles(folder, "task*.safetensors").Where(file => Path.GetFileName(file) != name))
            File.Delete(old);
    }

    /// <summary>Removes the checkpoint of a cell that is done.</summary>
    public static void Remove(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    private static bool HasShape(double[][]? matrix, int tasks) =>
        matrix is not null && matrix.Length == tasks + 1 && matrix.All(row => row is not null && row.Length == tasks);
}

/// <summary>The file that a checkpoint's measurements are kept in.</summary>
internal sealed record CellCheckpointState(string Fingerprint, string Learner, CellProgress Progress);

/// <summary>Source-generated JSON of checkpoints; NaN stands for what was not measured.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(CellCheckpointState))]
internal sealed partial class CellCheckpointJsonContext : JsonSerializerContext;
