using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;

/// <summary>Reads the answer of a server: HTTP/1, every length and end there is, within limits.</summary>
internal sealed class Response
{
    private const int LongestHead = 65536;
    private const int LongestBody = 4 << 20;

    private readonly Stream stream;
    private readonly Action firstByte;
    private readonly byte[] buffer = new byte[16384];
    private readonly MemoryStream body = new MemoryStream();
    private readonly Dictionary<string, string> fields =
        new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
    private int begin;
    private int end;
    private int headBytes;

    /// <summary>Reads from a stream; the first byte of the answer is told.</summary>
    public Response(Stream stream, Action firstByte)
    {
        this.stream = stream;
        this.firstByte = firstByte;
    }

    public int Status { get; private set; }

    /// <summary>Whether the body was longer than what is read of one.</summary>
    public bool IsCut { get; private set; }

    public byte[] Body
    {
        get { return body.ToArray(); }
    }

    /// <summary>A field of the head, null when it is not there.</summary>
    public string this[string name]
    {
        get
        {
            string value;
            fields.TryGetValue(name, out value);
            return value;
        }
    }

    /// <summary>Reads the whole answer.</summary>
    public void Read()
    {
        do
        {
            ReadHead();
        }
        while (Status / 100 == 1); // only announces the answer
        if (Status == 204 || Status == 304)
            return;
        if ((this["transfer-encoding"] ?? "").IndexOf("chunked", StringComparison.OrdinalIgnoreCase) >= 0)
            ReadChunks();
        else if (this["content-length"] != null)
            Copy(Length(this["content-length"], NumberStyles.None), true);
        else
            Copy(long.MaxValue, false);
    }

    private void ReadHead()
    {
        fields.Clear();
        var parts = ReadLine().Split(new[] { ' ' }, 3);
        int status;
        if (parts.Length < 2 || !parts[0].StartsWith("HTTP/1.", StringComparison.Ordinal)
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out status) || status < 100)
            throw new Problem("the server answers with what is no HTTP/1");
        Status = status;
        for (var line = ReadLine(); line.Length > 0; line = ReadLine())
        {
            var colon = line.IndexOf(':');
            if (colon < 1)
                throw new Problem("the server answers with a line that is no field of HTTP");
            fields[line.Substring(0, colon)] = line.Substring(colon + 1).Trim();
        }
    }

    private void ReadChunks()
    {
        while (!IsCut)
        {
            var size = Length(ReadLine().Split(';')[0].Trim(), NumberStyles.AllowHexSpecifier);
            if (size == 0)
                break;
            Copy(size, true);
            if (!IsCut && ReadLine().Length > 0)
                throw new Problem("the server answers with a broken chunk");
        }
    }

    private static long Length(string text, NumberStyles style)
    {
        long length;
        if (!long.TryParse(text, style, CultureInfo.InvariantCulture, out length) || length < 0)
            throw new Problem("the server answers with a length that is no number");
        return length;
    }

    private void Copy(long count, bool mustBeWhole)
    {
        while (count > 0)
        {
            if (body.Length >= LongestBody)
            {
                IsCut = true;
                return;
            }
            if (begin == end && !Fill())
            {
                if (mustBeWhole)
                    throw new Problem("the server's answer ends too early");
                return;
            }
            var part = (int)Math.Min(count, Math.Min(end - begin, LongestBody - body.Length));
            body.Write(buffer, begin, part);
            begin += part;
            count -= part;
        }
    }

    private string ReadLine()
    {
        var line = new StringBuilder();
        while (true)
        {
            if (begin == end && !Fill())
                throw new Problem(headBytes == 0 ? "the server closes the connection without an answer"
                    : "the server's answer ends too early");
            if (++headBytes > LongestHead)
                throw new Problem("the head of the server's answer is longer than " + LongestHead + " bytes");
            var letter = (char)buffer[begin++];
            if (letter == '\n')
            {
                if (line.Length > 0 && line[line.Length - 1] == '\r')
                    line.Length--;
                return line.ToString();
            }
            line.Append(letter);
        }
    }

    private bool Fill()
    {
        begin = 0;
        end = stream.Read(buffer, 0, buffer.Length);
        if (end > 0 && headBytes == 0)
            firstByte();
        return end > 0;
    }
}
