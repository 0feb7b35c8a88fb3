namespace Engram.Data;

/// <summary>Which labels a file of CIFAR records carries, and which of them are used.</summary>
public enum CifarLabels
{
    /// <summary>CIFAR-10 and whatever comes in its layout: one byte, 10 classes.</summary>
    Ten,

    /// <summary>CIFAR-100: two bytes, coarse and fine; the 100 fine classes are used.</summary>
    Fine,

    /// <summary>CIFAR-100: two bytes, coarse and fine; the 20 coarse classes are used.</summary>
    Coarse,
}
