using Elves.Protocol;

namespace Elves
{
    /// <summary>
    /// Strict JSON in both directions.
    ///
    /// Values are null, <c>bool</c>, <c>long</c>, <c>double</c>, <c>string</c>, <c>List&lt;object&gt;</c> and
    /// <c>Dictionary&lt;string, object&gt;</c>. Refused are keys that are there twice, invalid UTF-8, halves of
    /// surrogate pairs, integers beyond 64 bits, NaN, infinities, and what is nested too deep.
    /// </summary>
    public static class Json
    {
        /// <summary>Objects and lists that may be open at once, unless the caller says otherwise.</summary>
        public const int Depth = 64;

        /// <summary>Reads one value, with nothing but white space around it; throws <see cref="JsonError"/>.</summary>
        public static object Parse(byte[] utf8, int depth = Depth)
        {
            return new JsonReader(utf8, 0, utf8.Length, depth).Whole();
        }

        /// <summary>
        /// Writes a value as compact JSON in UTF-8; throws <see cref="JsonError"/>.
        ///
        /// Besides the values of <see cref="Parse"/> it takes all integer types, <c>float</c>, dictionaries with text
        /// keys, sequences, and objects of anonymous types (<c>new { total = 2 }</c>).
        /// </summary>
        public static byte[] Write(object value, int depth = Depth)
        {
            var writer = new JsonWriter();
            writer.Value(value, depth);
            return writer.ToArray();
        }

        /// <summary>Returns a text quoted, in ASCII and short, for messages about it.</summary>
        public static string Shown(string text)
        {
            const int longest = 60;
            var shown = new System.Text.StringBuilder("'");
            foreach (var letter in text)
            {
                if (shown.Length > longest)
                {
                    shown.Append("...");
                    break;
                }
                if (letter >= ' ' && letter < '\u007f')
                    shown.Append(letter);
                else
                    shown.Append("\\u").Append(((int)letter).ToString("x4"));
            }
            return shown.Append('\'').ToString();
        }
    }
}
