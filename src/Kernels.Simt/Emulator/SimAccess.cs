namespace Engram.Kernels.Simt;

/// <summary>Who touched an element last: launch, group, the phase between two barriers, thread.</summary>
internal struct SimAccess
{
    /// <summary>Stands for several groups, or several threads of one phase.</summary>
    private const int Several = -1;

    private int _launch, _group, _phase, _thread;

    /// <summary>Whether any kernel has touched it.</summary>
    public readonly bool IsNever => _launch == 0;

    /// <summary>True when no barrier and no end of a launch lies between this access and one of <paramref name="thread"/> now, and they are two threads'.</summary>
    public readonly bool IsUnordered(SimThread thread) =>
        _launch == thread.Launch && (_group != thread.Group || (_phase == thread.Phase && _thread != thread.Thread));

    /// <summary>Notes a write, which is ordered after everything before it.</summary>
    public void Set(SimThread thread) => (_launch, _group, _phase, _thread) = (thread.Launch, thread.Group, thread.Phase, thread.Thread);

    /// <summary>Notes a read beside other reads.</summary>
    public void Join(SimThread thread)
    {
        if (_launch != thread.Launch)
            Set(thread);
        else if (_group != thread.Group)
            _group = Several;
        else if (_phase != thread.Phase)
            Set(thread);
        else if (_thread != thread.Thread)
            _thread = Several;
    }
}
