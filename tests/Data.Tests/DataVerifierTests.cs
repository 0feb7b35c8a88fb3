using System.Security.Cryptography;
using System.Text;

namespace Engram.Data.Tests;

public sealed class DataVerifierTests : IDisposable
{
    private readonly IdxBytes _files = new();

    public void Dispose() => _files.Dispose();

    [SkippableFact]
    public void The_real_folder_is_in_order()
    {
        RealData.Require("mnist");
        IReadOnlyList<DataFinding> findings = DataVerifier.Verify(RealData.Folder!);
        // a folder may hold a dataset in the coded form in which it travels: that is a problem with a remedy, not a readable dataset
        bool Coded(DataFinding finding) =>
            Directory.Exists(Path.Combine(RealData.Folder!, finding.Subject)) &&
            Directory.EnumerateFiles(Path.Combine(RealData.Folder!, finding.Subject), "*.res.br").Any();
        Assert.All(findings, finding =>
        {
            if (Coded(finding))
            {
                Assert.NotEmpty(finding.Remedy);
                Assert.Contains(finding.Subject + "/", finding.Message);
            }
            else
            {
                Assert.True(finding.Ok, $"{finding.Subject}: {finding.Message}");
            }
        });
        DatasetSummary mnist = findings.Single(f => f.Subject == "mnist").Summary!;
        Assert.Equal(60_000, mnist.Train.Sum());
        Assert.Equal(6742, mnist.Train[1]);
        Assert.Contains("Content as published", findings.Single(f => f.Subject == "mnist").Message);
    }

    [Fact]
    public void A_good_dataset_is_summed_up()
    {
        WriteUsps();
        DataFinding finding = Assert.Single(Present(_files.Folder));
        Assert.True(finding.Ok, finding.Message);
        Assert.Equal("usps", finding.Subject);
        Assert.Contains("20 training and 10 test images of 2x2", finding.Message);
        Assert.Equal(Enumerable.Repeat(2, 10), finding.Summary!.Train);
    }

    [Fact]
    public void A_damaged_file_an_incomplete_dataset_and_an_empty_class_are_problems_with_remedies()
    {
        WriteUsps();
        File.WriteAllBytes(Path.Combine(_files.Folder, "usps/t10k-images-idx3-ubyte"), [1, 2, 3]);
        _files.Write("mnist/train-labels-idx1-ubyte", IdxBytes.Labels(1));
        foreach (string split in (string[])["train", "t10k"])
        {
            _files.Write($"notmnist/{split}-images-idx3-ubyte", IdxBytes.Images(1, 2, 2, _ => 0));
            _files.Write($"notmnist/{split}-labels-idx1-ubyte", IdxBytes.Labels(0));
        }

        IReadOnlyList<DataFinding> findings = Present(_files.Folder);
        Assert.Equal(["mnist", "notmnist", "usps"], findings.Select(f => f.Subject).Order());
        Assert.All(findings, finding =>
        {
            Assert.False(finding.Ok);
            Assert.NotEmpty(finding.Remedy);
        });
        Assert.Contains("t10k-images", findings.Single(f => f.Subject == "usps").Message);
        Assert.Contains("train-images-idx3-ubyte", findings.Single(f => f.Subject == "mnist").Message);
        Assert.Contains("1, 2, 3", findings.Single(f => f.Subject == "notmnist").Message);
    }

    [Fact]
    public void Checksums_are_compared_and_every_kind_of_bad_line_is_reported()
    {
        WriteUsps();
        byte[] note = Encoding.UTF8.GetBytes("note");
        _files.Write("note.txt", note);
        _files.Write("changed.txt", note);
        string good = Convert.ToHexStringLower(SHA256.HashData(note)), bad = new('0', 64);
        _files.Write(
            DataVerifier.SumsFile,
            Encoding.UTF8.GetBytes($"{good}  note.txt\n{bad}  changed.txt\n{good}  absent.txt\nnonsense\n{good}  ../outside.txt\n\n"));
        DataFinding[] sums = [.. Present(_files.Folder).Where(f => f.Subject != "usps")];
        Assert.Equal(5, sums.Length);
        Assert.True(sums.Single(f => f.Subject == "note.txt").Ok);
        Assert.Contains(good, sums.Single(f => f.Subject == "changed.txt").Message);
        Assert.Contains("not there", sums.Single(f => f.Subject == "absent.txt").Message);
        Assert.Contains("Line 4", sums.Single(f => f.Subject == DataVerifier.SumsFile).Message);
        Assert.Contains("outside", sums.Single(f => f.Subject == "../outside.txt").Message);
        Assert.Equal(1, sums.Count(f => f.Ok));
    }

    [Fact]
    public void An_absent_folder_and_a_folder_without_data_are_problems()
    {
        Assert.Contains("does not exist", Assert.Single(DataVerifier.Verify(Path.Combine(_files.Folder, "absent"))).Message);
        Assert.Contains("No known dataset", Assert.Single(Present(_files.Folder)).Message);
    }

    [Fact]
    public void Absent_datasets_are_no_problem_and_come_with_what_to_put_where()
    {
        WriteUsps();
        DataFinding[] absent = [.. DataVerifier.Verify(_files.Folder).Where(f => f.Absent)];
        Assert.Equal(DatasetFolder.KnownNames.Except(["usps", "cifar100-coarse"]).Order(), absent.Select(f => f.Subject).Order());
        Assert.All(absent, finding => Assert.True(finding.Ok && finding.Summary is null));
        Assert.Contains("train_32x32.mat", absent.Single(f => f.Subject == "svhn").Remedy);
        Assert.Contains("cifar-10-binary.tar.gz", absent.Single(f => f.Subject == "cifar10").Remedy);
    }

    [Fact]
    public void A_part_of_a_published_set_is_said_to_be_one()
    {
        WriteUsps();
        Assert.Contains("A part of the published 7291 and 2007", Assert.Single(Present(_files.Folder)).Message);
    }

    [SkippableFact]
    public void One_changed_pixel_of_cifar10_is_found()
    {
        RealData.Require("cifar10");
        string from = Path.Combine(RealData.Folder!, "cifar10");
        foreach (string file in Directory.EnumerateFiles(from, "*.bin"))
        {
            _files.Write($"cifar10/{Path.GetFileName(file)}", []);
            File.Delete(Path.Combine(_files.Folder, "cifar10", Path.GetFileName(file)));
            File.CreateSymbolicLink(Path.Combine(_files.Folder, "cifar10", Path.GetFileName(file)), file);
        }

        DataFinding whole = Assert.Single(Present(_files.Folder));
        Assert.True(whole.Ok, whole.Message);
        string changed = Path.Combine(_files.Folder, "cifar10", "data_batch_3.bin");
        byte[] bytes = File.ReadAllBytes(changed);
        bytes[12345] ^= 1;
        File.Delete(changed);
        File.WriteAllBytes(changed, bytes);
        DataFinding damaged = Assert.Single(Present(_files.Folder));
        Assert.False(damaged.Ok);
        Assert.Contains("data_batch_3.bin", damaged.Message);
    }

    private static DataFinding[] Present(string folder) => [.. DataVerifier.Verify(folder).Where(f => !f.Absent)];

    private void WriteUsps()
    {
        byte[] digits = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
        _files.Write("usps/train-images-idx3-ubyte.gz", IdxBytes.Gzip(IdxBytes.Images(20, 2, 2, i => (byte)i)));
        _files.Write("usps/train-labels-idx1-ubyte", IdxBytes.Labels([.. digits, .. digits]));
        _files.Write("usps/t10k-images-idx3-ubyte", IdxBytes.Images(10, 2, 2, i => (byte)i));
        _files.Write("usps/t10k-labels-idx1-ubyte", IdxBytes.Labels(digits));
    }
}
