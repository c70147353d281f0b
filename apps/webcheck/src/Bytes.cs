using System;
using System.Text;

/// <summary>Searching in bytes.</summary>
internal static class Bytes
{
    /// <summary>Whether a body holds a text, in UTF-8.</summary>
    public static bool Contain(byte[] body, string text)
    {
        var wanted = Encoding.UTF8.GetBytes(text);
        if (wanted.Length == 0)
            return true;
        for (var at = 0; at + wanted.Length <= body.Length; at++)
        {
            at = Array.IndexOf(body, wanted[0], at, body.Length - wanted.Length + 1 - at);
            if (at < 0)
                return false;
            var same = 1;
            while (same < wanted.Length && body[at + same] == wanted[same])
                same++;
            if (same == wanted.Length)
                return true;
        }
        return false;
    }
}
