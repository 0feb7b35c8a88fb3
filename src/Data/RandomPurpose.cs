namespace Engram.Data;

/// <summary>What random words are for; each purpose has a stream of its own, so that none disturbs another.</summary>
internal enum RandomPurpose : uint
{
    /// <summary>The look of one synthetic training digit.</summary>
    TrainDigit = 0x0DA7_0001,

    /// <summary>The look of one synthetic test digit.</summary>
    TestDigit = 0x0DA7_0002,

    /// <summary>The order of labels in a group of ten synthetic digits.</summary>
    DigitLabels = 0x0DA7_0003,

    /// <summary>The arrangement of images before they are cut into blocks.</summary>
    Blocks = 0x0DA7_0004,

    /// <summary>Which training images a task draws from the full set.</summary>
    TaskImages = 0x0DA7_0005,

    /// <summary>The angle of a rotation task.</summary>
    Angle = 0x0DA7_0006,

    /// <summary>The pixel order of a permutation task.</summary>
    Permutation = 0x0DA7_0007,

    /// <summary>The assignment of classes to tasks.</summary>
    Classes = 0x0DA7_0008,

    /// <summary>The order of training images in one epoch.</summary>
    BatchOrder = 0x0DA7_0009,
}
