using System.Reflection;
using Engram.Kernels;
using Engram.Kernels.Simt;

namespace Engram.Devices.Tests;

/// <summary>Maps and zips of every op struct that reflection finds, in every layout, forward and backward: the CPU's numbers.</summary>
public class ElementwiseTests
{
    // a device without a fused multiply-add may round twice
    private const double Tolerance = 3e-6;

    public static TheoryData<string, Type> Unary => Ops(typeof(IDifferentiableUnaryOp));

    public static TheoryData<string, Type> Binary => Ops(typeof(IDifferentiableBinaryOp));

    [Theory]
    [MemberData(nameof(Unary))]
    public void A_unary_op_gives_the_cpus_numbers_in_every_layout(string device, Type op) => Call(nameof(CheckUnary), device, op);

    [Theory]
    [MemberData(nameof(Binary))]
    public void A_binary_op_gives_the_cpus_numbers_in_every_layout(string device, Type op) => Call(nameof(CheckBinary), device, op);

    [Theory]
    [MemberData(nameof(DevicesFound.All), MemberType = typeof(DevicesFound))]
    public void Any_layout_is_copied_and_filled_element_for_element(string device)
    {
        var on = new OnDevice(device);
        foreach (int[] order in new int[][] { [0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 0, 2, 3], [0, 1, 3, 2] })
        {
            on.SameAsCpu(d =>
            {
                View x = d.Random(3, 3, 4, 5, 6), permuted = x.With(x.Layout.Permute(order));
                View y = d.Empty(permuted.Layout.Sizes), back = d.Empty(3, 4, 5, 6), rows = d.Empty(7, 30), sliced = rows.With(rows.Layout.Slice(1, 1, 10, step: 3));
                d.Device.Copy(permuted, y);
                d.Device.Copy(y, back.With(back.Layout.Permute(order)));
                d.Device.Fill(rows, 2f);
                d.Device.Fill(sliced, 5f);
                return [d.Get(y), d.Get(back), d.Get(rows)];
            }, 0, $"order {string.Join(' ', order)}");
        }
    }

    [Theory]
    [MemberData(nameof(DevicesFound.All), MemberType = typeof(DevicesFound))]
    public void Transposes_are_copied_in_tiles_of_any_number_and_from_anywhere(string device)
    {
        var on = new OnDevice(device);
        foreach ((int batch, int rows, int columns) in new[] { (1, 16, 16), (1, 15, 40), (1, 33, 65), (3, 20, 31), (2, 64, 32) })
        {
            on.SameAsCpu(d =>
            {
                View x = d.Random(1, 1 + (batch * rows * columns)), y = d.Empty(batch, rows, columns), wider = d.Ones(batch, rows, columns + 3);
                View turned = x.With(Layout.RowMajor([batch, columns, rows], 1).Transpose(1, 2));
                d.Device.Copy(turned, y);
                d.Device.Copy(turned, wider.With(wider.Layout.Slice(2, 2, columns)));
                return [d.Get(y), d.Get(wider)];
            }, 0, $"{batch} of {rows}×{columns}");
        }

        if (on.Device is EmulatorDevice emulator)
            Assert.True(emulator.LaunchesOf<TransposeKernel>() >= 8);
    }

    [Theory]
    [MemberData(nameof(DevicesFound.All), MemberType = typeof(DevicesFound))]
    public void An_empty_operand_is_no_error(string device)
    {
        var on = new OnDevice(device);
        on.Device.Map(default(ReluOp), on.Put([], 0, 3), on.Put([], 0, 3));
        on.Device.Fill(on.Put([], 0), 1f);
        on.Device.Copy(on.Put([], 0, 20, 30).With(Layout.RowMajor([0, 20, 30]).Transpose(1, 2)), on.Put([], 0, 30, 20));
    }

    [Theory]
    [MemberData(nameof(DevicesFound.All), MemberType = typeof(DevicesFound))]
    public void An_operand_of_another_device_or_size_is_refused_by_name(string device)
    {
        var on = new OnDevice(device);
        using Device other = Device.Cpu(3);
        View here = on.Ones(4), there = new OnDevice(other).Ones(4);
        if (device != "cpu")
            Assert.Contains("copy it to this device first", Assert.Throws<ArgumentException>(() => on.Device.Map(default(ReluOp), there, here)).Message);
        Assert.Contains("operand sizes differ", Assert.Throws<ArgumentException>(() => on.Device.Map(default(ReluOp), on.Ones(5), here)).Message);
    }

    private static void CheckUnary<TOp>(string device) where TOp : struct, IDifferentiableUnaryOp
    {
        TOp op = OpExamples.Of<TOp>();
        var on = new OnDevice(device);
        on.SameAsCpu(d =>
        {
            float[] values = OnDevice.Numbers(5 * 67, 1, 2f);
            (values[0], values[1], values[2], values[3], values[4]) = (float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0f, -1e-40f);
            View x = d.Put(values, 5, 67), y = d.Empty(5, 67), turned = d.Empty(67, 5), inPlace = d.Put(values, 5, 67);
            d.Device.Map(op, x, y);
            d.Device.Map(op, x.With(x.Layout.Transpose(0, 1)), turned);
            d.Device.Map(op, inPlace, inPlace);
            return [d.Get(y), d.Get(turned), d.Get(inPlace)];
        }, Tolerance, op.ToString()!);
        on.SameAsCpu(d =>
        {
            View x = d.Random(1, 6, 37), y = d.Empty(6, 37), dy = d.Random(2, 6, 37), dx = d.Empty(6, 37), sum = d.Ones(6, 37), turned = d.Empty(37, 6);
            d.Device.Map(default(AbsOp), x, x);
            d.Device.Map(op, x, y);
            d.Device.MapBackward(op, dy, x, y, dx, accumulate: false);
            d.Device.MapBackward(op, dy, x, y, sum, accumulate: true);
            d.Device.MapBackward(op, dy, x, y, turned.With(turned.Layout.Transpose(0, 1)), accumulate: false);
            return [d.Get(y), d.Get(dx), d.Get(sum), d.Get(turned)];
        }, Tolerance, $"{op} backward");
    }

    private static void CheckBinary<TOp>(string device) where TOp : struct, IDifferentiableBinaryOp
    {
        TOp op = OpExamples.Of<TOp>();
        var on = new OnDevice(device);
        on.SameAsCpu(d =>
        {
            View a = d.Random(1, 5, 31), b = d.Random(2, 5, 31), row = d.Random(3, 31), column = d.Random(4, 5, 1), y = d.Empty(5, 31), z = d.Empty(5, 31), w = d.Empty(5, 31);
            d.Device.Zip(op, a, b, y);
            d.Device.Zip(op, a, row.With(row.Layout.BroadcastTo([5, 31])), z);
            d.Device.Zip(op, column.With(column.Layout.BroadcastTo([5, 31])), a, w);
            View dy = d.Random(5, 5, 31), da = d.Empty(5, 31), db = d.Ones(5, 31);
            d.Device.ZipBackward(op, ZipSide.A, dy, a, b, y, da, accumulate: false);
            d.Device.ZipBackward(op, ZipSide.B, dy, a, b, y, db, accumulate: true);
            d.Device.Zip(op, a, b, a);
            return [d.Get(y), d.Get(z), d.Get(w), d.Get(da), d.Get(db), d.Get(a)];
        }, Tolerance, op.ToString()!);
    }

    private static TheoryData<string, Type> Ops(Type contract)
    {
        var cases = new TheoryData<string, Type>();
        foreach (string device in DevicesFound.Names)
        {
            foreach (Type op in contract.Assembly.GetExportedTypes().Where(type => type.IsValueType && contract.IsAssignableFrom(type)).OrderBy(type => type.Name))
                cases.Add(device, op);
        }

        return cases;
    }

    private static void Call(string method, string device, Type op)
    {
        try
        {
            typeof(ElementwiseTests).GetMethod(method, BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(op).Invoke(null, [device]);
        }
        catch (TargetInvocationException e)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(e.InnerException!);
        }
    }
}
