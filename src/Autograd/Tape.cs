using Engram.Kernels;

namespace Engram.Autograd;

/// <summary>
/// Records the ops of one step and runs their backward rules in reverse. One tape serves one learner for its whole life:
/// <see cref="Begin(ParameterSet, in Tensor, in Tensor, bool)"/> starts a step in the memory of the last one, so that a step in steady state allocates nothing.
/// </summary>
/// <remarks>Not thread-safe. Gradients of parameters land directly in the flat gradient vector given to Begin.</remarks>
public sealed partial class Tape : IDisposable
{
    private struct Slot
    {
        public Tensor Gradient;
        public bool Written;
        public bool External; // the memory is not this slot's own: a parameter's place in the flat gradient
        public bool GivenBack;
    }

    private readonly ISavedTensors _kept;
    private Node[] _nodes = new Node[32];
    private Slot[] _slots = new Slot[64];
    private int[] _leafOfParameter = [];
    private int _nodeCount;
    private int _slotCount;
    private ParameterSet? _parameters;
    private Tensor _values;
    private Tensor _gradient;
    private ParameterSet? _state;
    private Tensor _stateValues;
    private RandomStream _random;
    private ulong _drawn;
    private bool _begun;

    /// <summary>A tape with its own step memory on a device.</summary>
    /// <param name="device">Where ops compute.</param>
    /// <param name="saved">How tensors are kept for backward; exact when omitted.</param>
    public Tape(Device device, ISavedTensors? saved = null)
    {
        Device = device;
        Arena = new Arena(device);
        _kept = saved ?? new SavedTensors();
    }

    /// <summary>Where ops compute.</summary>
    public Device Device { get; }

    /// <summary>Memory of the running step.</summary>
    public Arena Arena { get; }

    /// <summary>What is kept for backward.</summary>
    public ISavedTensors Saved => Tangents ? _direct : _kept;

    /// <summary>True while ops are recorded; false computes values only.</summary>
    public bool Recording { get; private set; }

    /// <summary>
    /// True when layers that behave differently in training (batch normalization, dropout) do so; what <see cref="Begin(bool)"/> is told about
    /// recording, unless <see cref="Attach"/> says otherwise.
    /// </summary>
    public bool Training { get; private set; }

    /// <summary>Starts a step without parameters: earlier values of this tape die.</summary>
    public void Begin(bool recording = true)
    {
        Arena.Reset();
        _kept.Reset();
        _direct.Reset();
        Array.Clear(_nodes, 0, _nodeCount);
        Array.Clear(_slots, 0, _slotCount);
        _nodeCount = 0;
        _slotCount = 0;
        _parameters = null;
        _values = default;
        _gradient = default;
        _state = null;
        _stateValues = default;
        _random = default;
        _drawn = 0;
        _direction = default;
        Tangents = false;
        Recording = recording;
        Training = recording;
        _begun = true;
    }

    /// <summary>Starts a step in which <see cref="Parameter"/> reads from one flat vector and backward writes to another.</summary>
    /// <param name="parameters">The arrangement of both vectors.</param>
    /// <param name="values">Parameter values [p].</param>
    /// <param name="gradient">Receives d loss / d values [p]; parameters that the loss does not reach get zeros. May be empty when not recording.</param>
    /// <param name="recording">False for evaluation: nothing is recorded or saved.</param>
    /// <exception cref="ArgumentException">A vector has another length than the arrangement.</exception>
    public void Begin(ParameterSet parameters, in Tensor values, in Tensor gradient, bool recording = true)
    {
        Begin(recording);
        if (values.Count != parameters.Length || (recording && gradient.Count != parameters.Length))
            throw new ArgumentException($"tape: the model has {parameters.Length} parameters; the value vector has {values.Count}, " +
                $"the gradient vector {(gradient.IsEmpty ? 0 : gradient.Count)}");
        _parameters = parameters;
        _values = values;
        _gradient = gradient;
        if (_leafOfParameter.Length < parameters.Count)
            _leafOfParameter = new int[parameters.Count];
        Array.Fill(_leafOfParameter, -1);
    }

    /// <summary>Starts a step that computes values only: evaluation, prediction, virtual losses.</summary>
    public void BeginNoGrad(ParameterSet parameters, in Tensor values) => Begin(parameters, values, default, recording: false);

    /// <summary>Adds to the running step what some layers need beside parameters: running statistics, the mode, and random numbers. Called after Begin.</summary>
    /// <param name="state">The arrangement of the state vector.</param>
    /// <param name="stateValues">Running statistics [s]; layers in training update them in place. May be empty when the arrangement is.</param>
    /// <param name="training">Whether batch statistics are used and values dropped out.</param>
    /// <param name="random">Random numbers of this step; every layer that draws gets a branch of its own.</param>
    /// <exception cref="ArgumentException">The vector has another length than the arrangement.</exception>
    public void Attach(ParameterSet state, in Tensor stateValues, bool training, in RandomStream random)
    {
        RequireBegun();
        int length = stateValues.IsEmpty ? 0 : stateValues.Count;
        if (length != state.Length)
            throw new ArgumentException($"tape: the model has {state.Length} running statistics, the vector has {length}");
        _state = state;
        _stateValues = stateValues;
        _random = random;
        Training = training;
    }

    /// <summary>The running statistics of that name in the running step; writing to them changes the model's state.</summary>
    /// <exception cref="InvalidOperationException">No state vector, or another model's, is attached.</exception>
    public Tensor State(Parameter parameter)
    {
        if (_state is null || parameter.Index >= _state.Count || !ReferenceEquals(_state[parameter.Index], parameter))
            throw new InvalidOperationException($"tape: {parameter} is not in the state of the running step; call Attach(model.State, values, …) after Begin");
        return parameter.Of(_stateValues);
    }

    /// <summary>Random numbers for one layer of the running step: another stream at every call, the same ones when the step is run again.</summary>
    public RandomStream NextRandom() => _random.Branch(_drawn++);

    /// <summary>A value that needs no gradient.</summary>
    public Variable Constant(in Tensor value)
    {
        RequireBegun();
        return new Variable(this, value, -1);
    }

    /// <summary>A value whose gradient is wanted, kept in the step's own memory (see <see cref="Variable.Gradient"/>).</summary>
    public Variable Leaf(in Tensor value)
    {
        RequireBegun();
        return new Variable(this, value, Recording ? NewSlot() : -1);
    }

    /// <summary>A parameter of the running step; asking twice gives the same place, so shared weights add up.</summary>
    public Variable Parameter(Parameter parameter)
    {
        if (_parameters is null || parameter.Index >= _parameters.Count || !ReferenceEquals(_parameters[parameter.Index], parameter))
            throw new InvalidOperationException($"tape: parameter {parameter} does not belong to the set this step began with; call Begin(model.Parameters, values, gradient) first");
        Tensor value = parameter.Of(_values);
        if (!Recording && !(Tangents && parameter.Index >= _firstMoved))
            return new Variable(this, value, -1);
        int slot = _leafOfParameter[parameter.Index];
        if (slot < 0)
        {
            slot = _leafOfParameter[parameter.Index] = NewSlot();
            _slots[slot].Gradient = parameter.Of(Tangents ? _direction : _gradient);
            _slots[slot].External = true;
            _slots[slot].Written = Tangents;
        }
        return new Variable(this, value, slot);
    }

    /// <summary>Uninitialized step memory for an op's result.</summary>
    public Tensor Allocate(params ReadOnlySpan<int> shape) => new(Arena, shape);

    /// <summary>
    /// Runs every recorded rule in reverse, starting from d loss / d loss = <paramref name="seed"/>. Gradients of parameters and leaves stay; those
    /// of intermediate values are given back as soon as they have been used.
    /// </summary>
    /// <param name="loss">A value with one element.</param>
    /// <param name="seed">Factor on all gradients.</param>
    /// <exception cref="InvalidOperationException">The loss has more than one element, or nothing was recorded for it.</exception>
    public void Backward(in Variable loss, float seed = 1f)
    {
        if (loss.Value.Count != 1)
            throw new InvalidOperationException($"backward: the loss has shape {loss.Layout}; reduce it to one element first (Fold.Mean, Fold.Sum)");
        if (!Recording || !loss.NeedsGradient)
            throw new InvalidOperationException("backward: the loss does not depend on any parameter or leaf of this recording step" +
                (Recording ? "" : " (the step began with recording: false)"));
        Destination(loss.Id, loss.Layout.Sizes, out _).Fill(seed);
        for (int i = _nodeCount - 1; i >= 0; i--)
        {
            ref Node node = ref _nodes[i];
            if (!_slots[node.Output].Written)
                continue;
            var context = new BackwardContext(this, ref node);
            Arena.BeginScope();
            node.Rule(ref context);
            Arena.EndScope();
            GiveBack(ref _slots[node.Output]);
        }
        if (_parameters is null)
            return;
        for (int i = 0; i < _parameters.Count; i++)
        {
            int slot = _leafOfParameter[i];
            if (slot < 0 || !_slots[slot].Written)
                Device.Fill(_parameters[i].Of(_gradient).View, 0f);
        }
    }

    /// <summary>Records an op with up to four inputs, or moves its result along at once; returns the result as a value of this tape.</summary>
    internal Variable Record(in Tensor value, BackwardRule rule, TangentRule tangent, ref Node node)
    {
        if (Tangents)
            return Move(value, tangent, ref node);
        node.Rule = rule;
        node.Output = NewSlot();
        if (_nodeCount == _nodes.Length)
            Array.Resize(ref _nodes, 2 * _nodeCount);
        _nodes[_nodeCount++] = node;
        return new Variable(this, value, node.Output);
    }

    /// <summary>True when an op with this input must be recorded.</summary>
    internal bool Records(in Variable a)
    {
        if (!ReferenceEquals(a.Tape, this))
            throw new InvalidOperationException("the operands belong to different tapes");
        return (Recording || Tangents) && a.NeedsGradient;
    }

    internal Tensor GradientOf(in Variable variable)
    {
        if (Tangents || variable.Id < 0 || variable.Id >= _slotCount || !_slots[variable.Id].Written)
            throw new InvalidOperationException($"gradient: backward has not reached this {variable.Layout} value; " +
                (variable.Id >= 0 && variable.Id < _slotCount && _slots[variable.Id].GivenBack ? "gradients of intermediate values are not kept: make it a Leaf"
                : variable.Id < 0 ? "it is a constant: make it a Leaf or a Parameter" : "call Backward on a loss that depends on it"));
        return _slots[variable.Id].Gradient;
    }

    internal Tensor GradientOf(int slot) => _slots[slot].Gradient;

    internal Tensor Destination(int id, ReadOnlySpan<int> shape, out bool accumulate)
    {
        ref Slot slot = ref _slots[id];
        accumulate = slot.Written;
        if (!slot.Written && !slot.External)
            slot.Gradient = new Tensor(Arena, Arena.Allocate(shape, outlivesScope: true));
        slot.Written = true;
        return slot.Gradient;
    }

    /// <summary>Moves the memory of an op's output gradient to an input that has no gradient yet; false when it must be written elsewhere.</summary>
    internal bool TryPass(int output, int input, ReadOnlySpan<int> shape, out Tensor gradient)
    {
        ref Slot from = ref _slots[output];
        ref Slot to = ref _slots[input];
        gradient = default;
        if (to.Written || to.External || !from.Gradient.IsContiguous)
            return false;
        gradient = from.Gradient.Reshape(shape);
        to.Gradient = gradient;
        to.Written = true;
        from.GivenBack = true;
        return true;
    }

    private void GiveBack(ref Slot slot)
    {
        if (!slot.GivenBack)
            Arena.Release(slot.Gradient.View);
        slot.Gradient = default;
        slot.Written = false;
        slot.GivenBack = true;
    }

    private int NewSlot()
    {
        if (_slotCount == _slots.Length)
            Array.Resize(ref _slots, 2 * _slotCount);
        _slots[_slotCount] = default;
        return _slotCount++;
    }

    private void RequireBegun()
    {
        if (!_begun)
            throw new InvalidOperationException("tape: call Begin before using values");
    }

    /// <inheritdoc/>
    public void Dispose() => Arena.Dispose();
}
