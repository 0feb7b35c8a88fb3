namespace Engram.Autograd;

/// <summary>
/// The tangent rule of one op: from the tangents of its inputs, the values they move from and the op's own settings it makes the tangent of the output,
/// ẏ = Σ (∂y/∂xᵢ)·ẋᵢ over the inputs that move. It runs as soon as the value is there and nothing is kept. Always a static lambda.
/// </summary>
public delegate void TangentRule(ref TangentContext context);
