using Engram.Results;

namespace Engram.ContinualLearning.Experiments;

/// <summary>Hears what a run does. Calls come from several threads, and some of them thousands of times a second: answer at once.</summary>
public interface IExperimentProgress
{
    /// <summary>The run is known: what is to be done and what is stored already.</summary>
    /// <param name="cells">All cells of the experiment.</param>
    /// <param name="stored">How many of them are stored and will not be run again.</param>
    /// <param name="steps">Training steps of the cells that are left.</param>
    /// <param name="threads">Cells that run at the same time.</param>
    void Planned(int cells, int stored, long steps, int threads);

    /// <summary>Estimate of the time that the run will take, from a few measured steps.</summary>
    void Estimated(TimeSpan wall);

    /// <summary>Time left by what the finished cells took; said whenever one more is finished.</summary>
    void Remaining(TimeSpan wall)
    {
    }

    /// <summary>A cell begins.</summary>
    void Started(ExperimentCell cell, long steps);

    /// <summary>A cell has done some more steps.</summary>
    void Advanced(ExperimentCell cell, int steps);

    /// <summary>A cell is done and stored.</summary>
    void Finished(ExperimentCell cell, CellResult result);

    /// <summary>Something worth a line.</summary>
    void Note(string text);
}
