using Engram.Kernels;

namespace Engram.Autograd;

/// <summary>
/// Dropout (Srivastava et al., 2014): every element becomes 0 with a probability, the others grow by 1/(1 − probability). The mask is a pure
/// function of the stream; backward makes it again, so that nothing is kept for it.
/// </summary>
public static class Dropout
{
    private readonly record struct Mask(ulong Key, float Probability)
    {
        public RandomStream Stream => new(Key, 0);
    }

    /// <summary>Drops elements. In evaluation a layer leaves the call out (see <see cref="Tape.Training"/>).</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="probability">Share of elements that become 0, in [0, 1]; 0 gives x itself.</param>
    /// <param name="stream">Decides which; <see cref="Tape.NextRandom"/> gives every call its own.</param>
    /// <exception cref="ArgumentOutOfRangeException">The probability is outside [0, 1].</exception>
    public static Variable Apply(in Variable x, float probability, in RandomStream stream)
    {
        if (!(probability is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(probability), probability, "dropout: expected a probability in [0, 1]");
        if (probability == 0)
            return x;
        Tape tape = x.Tape;
        var mask = new Mask(stream.Branch(stream.Step).Key, probability);
        Tensor y = tape.Allocate(x.Layout.Sizes);
        tape.Device.FillUniform(mask.Stream, y.View, 0f, 1f);
        tape.Device.Zip(new DropoutOp(probability), x.Value.View, y.View, y.View);
        if (!tape.Records(x))
            return tape.Constant(y);
        var node = new Node { InputA = x.Id, Payload = OpPayload.Of(mask) };
        return tape.Record(y, static (ref BackwardContext context) =>
        {
            Mask mask = context.Op<Mask>();
            Tensor dy = context.OutputGradient, noise = context.Temporary(dy.Layout.Sizes);
            context.Device.FillUniform(mask.Stream, noise.View, 0f, 1f);
            Tensor dx = context.DestinationInPlace(0, dy.Layout.Sizes, out bool accumulate);
            if (!accumulate)
            {
                context.Device.Zip(new DropoutOp(mask.Probability), dy.View, noise.View, dx.View);
                return;
            }
            context.Device.Zip(new DropoutOp(mask.Probability), dy.View, noise.View, noise.View);
            context.Device.Zip(default(AddOp), dx.View, noise.View, dx.View);
        }, static (ref TangentContext context) =>
        {
            Mask mask = context.Op<Mask>();
            Tensor destination = context.Destination();
            context.Device.FillUniform(mask.Stream, destination.View, 0f, 1f);
            context.Device.Zip(new DropoutOp(mask.Probability), context.Tangent(0).View, destination.View, destination.View);
        }, ref node);
    }
}
