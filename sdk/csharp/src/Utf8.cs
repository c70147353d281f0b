namespace Elves.Protocol
{
    /// <summary>UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing beyond U+10FFFF.</summary>
    internal static class Utf8
    {
        /// <summary>Returns the character at a position and moves behind it; throws <see cref="JsonError"/>.</summary>
        public static int Next(byte[] bytes, ref int at, int end)
        {
            int first = bytes[at];
            if (first < 0x80)
            {
                at++;
                return first;
            }
            int more, code, lowest;
            if (first >= 0xc2 && first <= 0xdf)
            {
                more = 1;
                code = first & 0x1f;
                lowest = 0x80;
            }
            else if (first >= 0xe0 && first <= 0xef)
            {
                more = 2;
                code = first & 0x0f;
                lowest = 0x800;
            }
            else if (first >= 0xf0 && first <= 0xf4)
            {
                more = 3;
                code = first & 0x07;
                lowest = 0x10000;
            }
            else
            {
                throw Wrong(bytes, at);
            }
            for (var index = 1; index <= more; index++)
            {
                if (at + index >= end || (bytes[at + index] & 0xc0) != 0x80)
                    throw Wrong(bytes, at);
                code = code << 6 | (bytes[at + index] & 0x3f);
            }
            if (code < lowest || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
                throw Wrong(bytes, at);
            at += more + 1;
            return code;
        }

        private static JsonError Wrong(byte[] bytes, int at)
        {
            return new JsonError("it is not UTF-8 (byte 0x" + bytes[at].ToString("x2") + ")");
        }
    }
}
