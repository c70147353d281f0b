using System;
using System.Collections;
using System.Globalization;

namespace Elves.Protocol
{
    /// <summary>Compact JSON in a buffer of bytes that grows.</summary>
    internal sealed class JsonWriter
    {
        private const int Kept = 65536;

        private byte[] buffer = new byte[512];

        /// <summary>The bytes; only the first <see cref="Length"/> count.</summary>
        public byte[] Buffer
        {
            get { return buffer; }
        }

        public int Length { get; private set; }

        /// <summary>
        /// Whether halves of surrogate pairs had to be replaced by U+FFFD since the last <see cref="Clear"/>.
        /// </summary>
        public bool Replaced { get; private set; }

        /// <summary>Begins anew, and gives back what one large value has needed.</summary>
        public void Clear()
        {
            Length = 0;
            Replaced = false;
            if (buffer.Length > Kept)
                buffer = new byte[512];
        }

        public byte[] ToArray()
        {
            var copy = new byte[Length];
            Array.Copy(buffer, copy, Length);
            return copy;
        }

        /// <summary>Writes ASCII as it is.</summary>
        public JsonWriter Raw(string ascii)
        {
            Reserve(ascii.Length);
            var to = Length;
            foreach (var letter in ascii)
                buffer[to++] = (byte)letter;
            Length = to;
            return this;
        }

        /// <summary>Writes what another writer holds.</summary>
        public JsonWriter Raw(JsonWriter other)
        {
            Reserve(other.Length);
            Array.Copy(other.buffer, 0, buffer, Length, other.Length);
            Length += other.Length;
            return this;
        }

        /// <summary>Writes a value; <paramref name="depth"/> objects and lists may be open at once.</summary>
        public void Value(object value, int depth)
        {
            if (value == null)
                Raw("null");
            else if (value is string)
                Text((string)value);
            else if (value is bool)
                Raw((bool)value ? "true" : "false");
            else if (value is long)
                Integer((long)value);
            else if (value is int)
                Integer((int)value);
            else if (value is double)
                Number((double)value);
            else if (value is float)
                Raw(Finite((float)value).ToString("R", CultureInfo.InvariantCulture));
            else if (value is IDictionary)
                Members((IDictionary)value, Below(depth));
            else if (value is IEnumerable)
                Items((IEnumerable)value, Below(depth));
            else
                Other(value, depth);
        }

        public JsonWriter Text(string text)
        {
            Reserve(2 + text.Length * 6);
            var to = Length;
            buffer[to++] = (byte)'"';
            for (var at = 0; at < text.Length; at++)
            {
                int code = text[at];
                if (code < 0x80)
                {
                    if (code >= ' ' && code != '"' && code != '\\')
                        buffer[to++] = (byte)code;
                    else
                        Escape(code, ref to);
                    continue;
                }
                if (code >= 0xd800 && code <= 0xdfff)
                {
                    if (code < 0xdc00 && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]))
                    {
                        code = 0x10000 + ((code - 0xd800) << 10) + (text[++at] - 0xdc00);
                        buffer[to++] = (byte)(0xf0 | code >> 18);
                        buffer[to++] = (byte)(0x80 | (code >> 12 & 0x3f));
                        buffer[to++] = (byte)(0x80 | (code >> 6 & 0x3f));
                        buffer[to++] = (byte)(0x80 | (code & 0x3f));
                        continue;
                    }
                    Replaced = true;
                    code = 0xfffd;
                }
                if (code < 0x800)
                {
                    buffer[to++] = (byte)(0xc0 | code >> 6);
                }
                else
                {
                    buffer[to++] = (byte)(0xe0 | code >> 12);
                    buffer[to++] = (byte)(0x80 | (code >> 6 & 0x3f));
                }
                buffer[to++] = (byte)(0x80 | (code & 0x3f));
            }
            buffer[to++] = (byte)'"';
            Length = to;
            return this;
        }

        public void Integer(long value)
        {
            Raw(value.ToString(CultureInfo.InvariantCulture));
        }

        private void Escape(int code, ref int to)
        {
            buffer[to++] = (byte)'\\';
            switch (code)
            {
                case '"':
                case '\\':
                    buffer[to++] = (byte)code;
                    return;
                case '\n':
                    buffer[to++] = (byte)'n';
                    return;
                case '\r':
                    buffer[to++] = (byte)'r';
                    return;
                case '\t':
                    buffer[to++] = (byte)'t';
                    return;
            }
            const string digits = "0123456789abcdef";
            buffer[to++] = (byte)'u';
            buffer[to++] = (byte)'0';
            buffer[to++] = (byte)'0';
            buffer[to++] = (byte)digits[code >> 4];
            buffer[to++] = (byte)digits[code & 15];
        }

        private void Number(double value)
        {
            var text = Finite(value).ToString("R", CultureInfo.InvariantCulture);
            Raw(text);
            // A double stays one for readers that tell 1 from 1.0.
            if (text.IndexOf('.') < 0 && text.IndexOf('E') < 0)
                Raw(".0");
        }

        private static double Finite(double value)
        {
            if (double.IsNaN(value) || double.IsInfinity(value))
                throw new JsonError(value.ToString(CultureInfo.InvariantCulture) + " is not JSON");
            return value;
        }

        private static int Below(int depth)
        {
            if (depth < 1)
                throw new JsonError("it is nested too deep, or holds itself");
            return depth - 1;
        }

        private void Members(IDictionary members, int depth)
        {
            var separator = "{";
            foreach (DictionaryEntry member in members)
            {
                var key = member.Key as string;
                if (key == null)
                    throw new JsonError("a key of type " + member.Key.GetType().Name + " is not JSON, keys are text");
                Raw(separator).Text(key).Raw(":");
                Value(member.Value, depth);
                separator = ",";
            }
            Raw(separator == "{" ? "{}" : "}");
        }

        private void Items(IEnumerable items, int depth)
        {
            var separator = "[";
            foreach (var item in items)
            {
                Raw(separator);
                Value(item, depth);
                separator = ",";
            }
            Raw(separator == "[" ? "[]" : "]");
        }

        /// <summary>Kinds that are rare in answers.</summary>
        private void Other(object value, int depth)
        {
            var type = value.GetType();
            if (value is Param)
            {
                Value(((Param)value).Value, depth);
            }
            else if (value is ulong)
            {
                if ((ulong)value > long.MaxValue)
                    throw new JsonError("the integer " + value + " is beyond 64 bits, send it as text");
                Integer((long)(ulong)value);
            }
            else if (value is uint || value is short || value is ushort || value is byte || value is sbyte)
            {
                Integer(Convert.ToInt64(value, CultureInfo.InvariantCulture));
            }
            else if (type.Name.StartsWith("<>", StringComparison.Ordinal) && type.Name.Contains("AnonType")
                || type.Name.Contains("AnonymousType"))
            {
                var inside = Below(depth);
                var separator = "{";
                foreach (var property in type.GetProperties())
                {
                    Raw(separator).Text(property.Name).Raw(":");
                    Value(property.GetValue(value, null), inside);
                    separator = ",";
                }
                Raw(separator == "{" ? "{}" : "}");
            }
            else
            {
                throw new JsonError("a value of type " + type.Name + " is not JSON");
            }
        }

        private void Reserve(int more)
        {
            if (Length + more <= buffer.Length)
                return;
            Array.Resize(ref buffer, Math.Max(Length + more, buffer.Length * 2));
        }
    }
}
