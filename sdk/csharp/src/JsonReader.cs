using System.Collections.Generic;
using System.Globalization;

namespace Elves.Protocol
{
    /// <summary>Reads one JSON value out of bytes, strictly.</summary>
    internal sealed class JsonReader
    {
        // Reading is recursive: no caller may ask for more than the stack holds.
        private const int DeepestEver = 1000;

        private readonly byte[] bytes;
        private readonly int begin;
        private readonly int end;
        private readonly int depth;
        private int at;
        private int open;
        private char[] letters = new char[128];
        private int count;

        public JsonReader(byte[] bytes, int begin, int end, int depth)
        {
            this.bytes = bytes;
            this.begin = begin;
            this.end = end;
            this.depth = depth < DeepestEver ? depth : DeepestEver;
            at = begin;
        }

        /// <summary>Returns the value, which must be all there is.</summary>
        public object Whole()
        {
            SkipSpace();
            var value = Value();
            SkipSpace();
            if (at < end)
                throw Wrong("text after the value");
            return value;
        }

        private object Value()
        {
            if (at >= end)
                throw Wrong("a value is missing");
            switch (bytes[at])
            {
                case (byte)'"':
                    at++;
                    return Text();
                case (byte)'{':
                    return Members();
                case (byte)'[':
                    return Items();
                case (byte)'t':
                    Word("true");
                    return true;
                case (byte)'f':
                    Word("false");
                    return false;
                case (byte)'n':
                    Word("null");
                    return null;
                default:
                    return Number();
            }
        }

        private Dictionary<string, object> Members()
        {
            Enter();
            var members = new Dictionary<string, object>();
            SkipSpace();
            if (Took('}'))
                return Leave(members);
            while (true)
            {
                if (!Took('"'))
                    throw Wrong("a key is missing");
                var key = Text();
                SkipSpace();
                if (!Took(':'))
                    throw Wrong("a colon is missing");
                SkipSpace();
                var before = members.Count;
                members[key] = Value();
                if (members.Count == before)
                    throw new JsonError("the key " + Json.Shown(key) + " is there twice");
                SkipSpace();
                if (Took('}'))
                    return Leave(members);
                if (!Took(','))
                    throw Wrong("a comma is missing");
                SkipSpace();
            }
        }

        private List<object> Items()
        {
            Enter();
            var items = new List<object>();
            SkipSpace();
            if (Took(']'))
                return Leave(items);
            while (true)
            {
                items.Add(Value());
                SkipSpace();
                if (Took(']'))
                    return Leave(items);
                if (!Took(','))
                    throw Wrong("a comma is missing");
                SkipSpace();
            }
        }

        private void Enter()
        {
            at++;
            if (++open > depth)
                throw new JsonError("it is nested deeper than " + depth);
        }

        private T Leave<T>(T container)
        {
            open--;
            return container;
        }

        private string Text()
        {
            count = 0;
            while (true)
            {
                if (at >= end)
                    throw Wrong("a text has no end");
                var octet = bytes[at];
                if (octet == '"')
                {
                    at++;
                    return new string(letters, 0, count);
                }
                if (octet < 0x20)
                    throw Wrong("a control character inside a text");
                if (octet >= 0x80)
                {
                    Add(Utf8.Next(bytes, ref at, end));
                }
                else
                {
                    at++;
                    Add(octet == '\\' ? Escape() : octet);
                }
            }
        }

        private void Add(int code)
        {
            if (count + 2 > letters.Length)
                System.Array.Resize(ref letters, letters.Length * 2);
            if (code >= 0x10000)
            {
                letters[count++] = (char)(0xd800 + ((code - 0x10000) >> 10));
                code = 0xdc00 + (code & 0x3ff);
            }
            letters[count++] = (char)code;
        }

        private int Escape()
        {
            if (at >= end)
                throw Wrong("a text has no end");
            switch (bytes[at++])
            {
                case (byte)'"': return '"';
                case (byte)'\\': return '\\';
                case (byte)'/': return '/';
                case (byte)'b': return '\b';
                case (byte)'f': return '\f';
                case (byte)'n': return '\n';
                case (byte)'r': return '\r';
                case (byte)'t': return '\t';
                case (byte)'u': return Escaped();
                default: throw Wrong("an escape that there is not");
            }
        }

        private int Escaped()
        {
            var first = FourDigits();
            if (first < 0xd800 || first > 0xdfff)
                return first;
            if (first < 0xdc00 && at + 1 < end && bytes[at] == '\\' && bytes[at + 1] == 'u')
            {
                at += 2;
                var second = FourDigits();
                if (second >= 0xdc00 && second <= 0xdfff)
                    return 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
            }
            throw Wrong("half of a surrogate pair");
        }

        private int FourDigits()
        {
            var value = 0;
            for (var place = 0; place < 4; place++)
            {
                var octet = at < end ? bytes[at++] : (byte)0;
                int digit;
                if (octet >= '0' && octet <= '9')
                    digit = octet - '0';
                else if (octet >= 'a' && octet <= 'f')
                    digit = octet - 'a' + 10;
                else if (octet >= 'A' && octet <= 'F')
                    digit = octet - 'A' + 10;
                else
                    throw Wrong("an escape without four digits");
                value = value * 16 + digit;
            }
            return value;
        }

        private object Number()
        {
            var from = at;
            var isNegative = Took('-');
            if (!IsDigit())
                throw Wrong(at < end || isNegative ? "no value of JSON" : "a value is missing");
            if (bytes[at] == '0')
            {
                at++;
                if (IsDigit())
                    throw Wrong("a number with a zero in front");
            }
            // Negative, since the lowest integer has no positive counterpart.
            long value = 0;
            var isBeyond = false;
            for (; IsDigit(); at++)
            {
                var digit = bytes[at] - '0';
                isBeyond |= value < (long.MinValue + digit) / 10;
                value = unchecked(value * 10 - digit);
            }
            var isFraction = false;
            if (Took('.'))
            {
                isFraction = true;
                Digits();
            }
            if (Took('e') || Took('E'))
            {
                isFraction = true;
                if (!Took('+'))
                    Took('-');
                Digits();
            }
            if (isFraction)
                return Fraction(from);
            if (isBeyond || (!isNegative && value == long.MinValue))
                throw new JsonError("an integer beyond 64 bits, send it as text (byte " + (from - begin) + ")");
            return isNegative ? value : -value;
        }

        private double Fraction(int from)
        {
            var digits = new char[at - from];
            for (var index = 0; index < digits.Length; index++)
                digits[index] = (char)bytes[from + index];
            double value;
            var isOne = double.TryParse(
                new string(digits), NumberStyles.Float, CultureInfo.InvariantCulture, out value);
            if (!isOne || double.IsInfinity(value))
                throw new JsonError("a number too large for a double (byte " + (from - begin) + ")");
            return value;
        }

        private void Digits()
        {
            if (!IsDigit())
                throw Wrong("a digit is missing");
            while (IsDigit())
                at++;
        }

        private bool IsDigit()
        {
            return at < end && bytes[at] >= '0' && bytes[at] <= '9';
        }

        private bool Took(char wanted)
        {
            if (at >= end || bytes[at] != wanted)
                return false;
            at++;
            return true;
        }

        private void Word(string word)
        {
            foreach (var letter in word)
            {
                if (!Took(letter))
                    throw Wrong("no value of JSON");
            }
        }

        private void SkipSpace()
        {
            while (at < end && (bytes[at] == ' ' || bytes[at] == '\t' || bytes[at] == '\n' || bytes[at] == '\r'))
                at++;
        }

        private JsonError Wrong(string what)
        {
            return new JsonError(what + " (byte " + (at - begin) + ")");
        }
    }
}
