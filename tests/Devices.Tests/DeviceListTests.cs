namespace Engram.Devices.Tests;

/// <summary>Which devices the suite runs on.</summary>
public class DeviceListTests
{
    [Fact]
    public void Every_device_that_is_required_was_found()
    {
        string required = Environment.GetEnvironmentVariable("ENGRAM_REQUIRE_DEVICES") ?? "cpu,emulator";
        foreach (string name in required.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            Assert.True(DevicesFound.Names.Contains(name), $"ENGRAM_REQUIRE_DEVICES names {name}, found were {string.Join(", ", DevicesFound.Names)}");
    }

    [Theory]
    [MemberData(nameof(DevicesFound.All), MemberType = typeof(DevicesFound))]
    public void Elements_come_back_as_they_were_sent(string device)
    {
        var on = new OnDevice(device);
        float[] x = OnDevice.Numbers(1000, 1);
        Assert.Equal(x, on.Get(on.Put(x, 1000)));
        Assert.NotEmpty(on.Device.Name);
    }
}
