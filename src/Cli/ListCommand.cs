using System.CommandLine;
using Engram.ContinualLearning.Experiments;

namespace Engram.Cli;

/// <summary><c>engram list</c>: the presets.</summary>
internal static class ListCommand
{
    public static Command Create()
    {
        Command command = new("list", "List the presets that 'engram run' knows.");
        command.SetAction(_ => CommandGuard.Run(() =>
        {
            int width = ExperimentFile.Presets.Max(name => name.Length);
            foreach (string name in ExperimentFile.Presets)
            {
                ExperimentOptions experiment = ExperimentFile.Load(name);
                int cells = ExperimentPlan.Count(experiment);
                Console.Out.WriteLine($"{name.PadRight(width)}  {experiment.Description} [{experiment.Dataset.Name}, {cells} cells]");
            }

            return ExitCode.Ok;
        }));
        return command;
    }
}
