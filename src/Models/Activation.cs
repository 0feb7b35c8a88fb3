using System.Text.Json.Serialization;

namespace Engram.Models;

/// <summary>The elementwise function after a layer.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Activation>))]
public enum Activation
{
    /// <summary>y = x.</summary>
    Identity,

    /// <summary>y = max(x, 0).</summary>
    Relu,

    /// <summary>y = x·Φ(x), with the error function.</summary>
    Gelu,

    /// <summary>The tanh approximation of GELU.</summary>
    GeluTanh,

    /// <summary>y = tanh(x).</summary>
    Tanh,

    /// <summary>y = 1/(1+e⁻ˣ).</summary>
    Sigmoid,
}
