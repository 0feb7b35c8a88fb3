namespace Engram.Kernels.Cpu
{
    internal sealed unsafe partial class CpuDevice
    {
        public override void Fold(FoldKind kind, in View x, in View y, bool accumulate) => throw new NotSupportedException();

        public override void ArgMax(in View x, in IndexView indices) => throw new NotSupportedException();

        public override void SoftmaxCrossEntropy(in View logits, in IndexView labels, IndexView? allowedClasses, in View losses, View? gradient, float gradientScale) =>
            throw new NotSupportedException();

        public override void FillUniform(in RandomStream stream, in View y, float low, float high) => throw new NotSupportedException();

        public override void FillNormal(in RandomStream stream, in View y, float mean, float standardDeviation) => throw new NotSupportedException();

        public override void SgdStep(in View parameters, in View gradient, View? velocity, in SgdSettings settings) => throw new NotSupportedException();

        public override void AdamStep(in View parameters, in View gradient, in View firstMoment, in View secondMoment, in AdamSettings settings) =>
            throw new NotSupportedException();

        public override double Dot(in View a, in View b) => throw new NotSupportedException();
    }
}
