namespace Engram.Kernels.Simt;

/// <summary>
/// Collects the accesses of the threads of a warp, which the emulator runs one after the other from barrier to barrier, into requests, and adds those to a
/// <see cref="KernelTally"/> when the warp's last thread is there.
/// </summary>
internal sealed class WarpTrace
{
    private const int Lanes = 32, Banks = 32, WordBytes = 4;

    // by kind: shared or not, store or not, 4, 8 or 16 bytes
    private readonly List<Request>[] _requests = [.. Enumerable.Range(0, 12).Select(_ => new List<Request>())];
    private readonly int[] _next = new int[12];
    private readonly List<long> _touched = [];

    /// <summary>Where counts go.</summary>
    public KernelTally Tally { get; set; } = new();

    /// <summary>A thread reads or writes bytes that lie together.</summary>
    /// <param name="thread">Its number in the group.</param>
    /// <param name="shared">Whether in shared memory.</param>
    /// <param name="store">Whether it writes.</param>
    /// <param name="memory">A number of the memory.</param>
    /// <param name="at">The first byte.</param>
    /// <param name="bytes">4, 8 or 16.</param>
    public void Access(int thread, bool shared, bool store, int memory, long at, int bytes)
    {
        int kind = (((shared ? 2 : 0) + (store ? 1 : 0)) * 3) + (bytes / 8);
        List<Request> requests = _requests[kind];
        if (_next[kind] == requests.Count)
            requests.Add(new Request());
        requests[_next[kind]++].Add(thread % Lanes, ((long)memory << 40) | at);
    }

    /// <summary>A thread has come to a barrier, or to its end.</summary>
    public void Pause(int thread)
    {
        Array.Clear(_next);
        if (thread % Lanes != Lanes - 1)
            return;
        for (int kind = 0; kind < _requests.Length; kind++)
        {
            bool shared = kind >= 6, store = kind / 3 % 2 == 1;
            int bytes = 4 << (kind % 3);
            foreach (Request request in _requests[kind])
            {
                if (request.Count == 0)
                    continue;
                if (shared)
                    AddShared(request, bytes);
                else
                    AddDevice(request, store, bytes);
                request.Count = 0;
            }
        }
    }

    private void AddDevice(Request request, bool store, int bytes)
    {
        _touched.Clear();
        for (int i = 0; i < request.Count; i++)
        {
            _touched.Add(request.Places[i] / KernelTally.SectorBytes);
            _touched.Add((request.Places[i] + bytes - 1) / KernelTally.SectorBytes);
        }

        int sectors = Distinct();
        if (store)
        {
            Tally.Stores++;
            Tally.StoredBytes += request.Count * bytes;
            Tally.StoredSectors += sectors;
        }
        else
        {
            Tally.Loads++;
            Tally.LoadedBytes += request.Count * bytes;
            Tally.LoadedSectors += sectors;
        }
    }

    // 128 bytes at most are served at a time: all lanes of 4 bytes, halves of a warp of 8, quarters of 16; several lanes at one word are one
    private void AddShared(Request request, int bytes)
    {
        Tally.Shared++;
        int together = Lanes * WordBytes / bytes;
        Span<int> wanted = stackalloc int[Banks];
        for (int first = 0; first < Lanes; first += together)
        {
            _touched.Clear();
            for (int i = 0; i < request.Count; i++)
            {
                for (int word = 0; request.LaneOf[i] / together == first / together && word < bytes / WordBytes; word++)
                    _touched.Add((request.Places[i] / WordBytes) + word);
            }

            if (_touched.Count == 0)
                continue;
            int words = Distinct(), turns = 0;
            wanted.Clear();
            for (int i = 0; i < _touched.Count; i++)
            {
                if (i == 0 || _touched[i] != _touched[i - 1])
                    turns = Math.Max(turns, ++wanted[(int)(_touched[i] % Banks)]);
            }

            Tally.SharedTurns += turns;
            Tally.LeastSharedTurns += (words + Banks - 1) / Banks;
        }
    }

    private int Distinct()
    {
        _touched.Sort();
        int distinct = 0;
        for (int i = 0; i < _touched.Count; i++)
            distinct += i == 0 || _touched[i] != _touched[i - 1] ? 1 : 0;
        return distinct;
    }

    private sealed class Request
    {
        public int Count;
        public readonly long[] Places = new long[Lanes];
        public readonly int[] LaneOf = new int[Lanes];

        public void Add(int lane, long place)
        {
            Places[Count] = place;
            LaneOf[Count++] = lane;
        }
    }
}
