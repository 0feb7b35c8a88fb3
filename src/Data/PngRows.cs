namespace Engram.Data;

/// <summary>Turns the unpacked bytes of a PNG image into planes: undoes the filters row by row, spreads samples to bytes, places interlaced pixels.</summary>
/// <param name="path">The name for errors.</param>
/// <param name="header">Sizes and form.</param>
/// <param name="chunks">For the palette, which is known when the first row is.</param>
internal sealed class PngRows(string path, PngHeader header, PngChunks chunks)
{
    // Adam7: first column and row of each pass, and the distances between its columns and rows
    private static readonly (int X, int Y, int Dx, int Dy)[] s_passes =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    /// <summary>Reads all rows.</summary>
    /// <param name="unpacked">The image data, unpacked.</param>
    /// <param name="planes">Receives the pixels, [channels, height, width].</param>
    public void Read(Stream unpacked, Span<byte> planes)
    {
        try
        {
            if (header.Interlaced)
            {
                foreach ((int x, int y, int dx, int dy) in s_passes)
                {
                    ReadPass(unpacked, planes, x, y, dx, dy);
                }
            }
            else
            {
                ReadPass(unpacked, planes, 0, 0, 1, 1);
            }

            if (unpacked.ReadByte() >= 0)
            {
                throw Wrong("the end of the image data after the last row", "more bytes");
            }
        }
        catch (Exception e) when (DataFormatException.IsDamage(e))
        {
            throw DataFormatException.OfZlib(path, e);
        }
    }

    private void ReadPass(Stream unpacked, Span<byte> planes, int x, int y, int dx, int dy)
    {
        int columns = (header.Width - x + dx - 1) / dx;
        if (columns <= 0)
        {
            return;
        }

        byte[] row = new byte[header.RowBytes(columns)], above = new byte[row.Length];
        for (int r = y; r < header.Height; r += dy)
        {
            int filter = unpacked.ReadByte();
            if (filter < 0 || unpacked.ReadAtLeast(row, row.Length, throwOnEndOfStream: false) < row.Length)
            {
                throw Wrong($"{header.Height} rows", $"the end of the image data in row {r}");
            }

            Unfilter(filter, row, above, r);
            Spread(row, planes, columns, x, dx, r);
            (row, above) = (above, row);
        }
    }

    private void Unfilter(int filter, Span<byte> row, ReadOnlySpan<byte> above, int number)
    {
        int step = header.FilterStep;
        for (int i = 0; i < row.Length; i++)
        {
            int left = i >= step ? row[i - step] : 0, up = above[i], corner = i >= step ? above[i - step] : 0;
            row[i] += filter switch
            {
                0 => 0,
                1 => (byte)left,
                2 => (byte)up,
                3 => (byte)((left + up) / 2),
                4 => (byte)Paeth(left, up, corner),
                _ => throw Wrong("a filter from 0 to 4", $"{filter} in row {number}"),
            };
        }
    }

    // the neighbour nearest to left + up - corner; ties go to the first of left, up, corner
    private static int Paeth(int left, int up, int corner)
    {
        int estimate = left + up - corner;
        int toLeft = Math.Abs(estimate - left), toUp = Math.Abs(estimate - up), toCorner = Math.Abs(estimate - corner);
        return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
    }

    private void Spread(ReadOnlySpan<byte> row, Span<byte> planes, int columns, int x, int dx, int y)
    {
        int plane = header.Height * header.Width, samples = header.Samples, depth = header.BitDepth;
        for (int i = 0; i < columns; i++)
        {
            int at = (y * header.Width) + x + (i * dx);
            if (header.ColourType == 3)
            {
                int entry = Sample(row, i, depth) * 3;
                if (entry >= chunks.Palette.Length)
                {
                    throw Wrong($"one of {chunks.Palette.Length / 3} palette entries", $"{entry / 3} in row {y}");
                }

                for (int c = 0; c < 3; c++)
                {
                    planes[(c * plane) + at] = chunks.Palette[entry + c];
                }

                continue;
            }

            for (int c = 0; c < header.Channels; c++)
            {
                int value = Sample(row, (i * samples) + c, depth);
                planes[(c * plane) + at] = depth switch
                {
                    8 => (byte)value,
                    16 => (byte)(((value * 255) + 32767) / 65535),
                    _ => (byte)(value * (255 / ((1 << depth) - 1))), // 255 is a multiple of 1, 3 and 15
                };
            }
        }
    }

    private static int Sample(ReadOnlySpan<byte> row, int index, int depth) => depth switch
    {
        8 => row[index],
        16 => (row[2 * index] << 8) | row[(2 * index) + 1],
        _ => (row[index * depth / 8] >> (8 - depth - (index * depth % 8))) & ((1 << depth) - 1),
    };

    private DataFormatException Wrong(string expected, string found) => new(path, expected, found, "The file is damaged; get it again.");
}
