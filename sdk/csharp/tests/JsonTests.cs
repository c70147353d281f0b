using System;
using System.Collections.Generic;
using System.Text;

namespace Elves.Tests
{
    /// <summary>The strict reader and the writer.</summary>
    public static class JsonTests
    {
        public static void WhatIsReadIsWrittenTheSame()
        {
            foreach (var text in new[]
            {
                "null", "true", "false", "0", "-7", "9223372036854775807", "-9223372036854775808", "0.5",
                "-1.25", "\"\"",
                "\"a\\\"\\\\\\n\\r\\t\\u0001\"", "\"é世🧝\"", "[]", "{}", "[1,[2,[]],{\"a\":{}}]",
                "{\"b\":1,\"a\":[null,true]}", "1.0",
            })
                Expect.Equal(text, Written(Read(text)));
            Expect.Equal("\"/\u00e9\U0001f9dd\b\f\"".Replace("\b", "\\u0008").Replace("\f", "\\u000c"),
                Written(Read("\"\\/\\u00e9\\ud83e\\uddDd\\b\\f\"")));
            Expect.Equal(1200.0, Read("1.2E+3"));
            Expect.Equal(0.0, Read("1e-999"));
            Expect.Equal(0L, Read("-0"));
            Expect.Equal("[1,2]", Written(Read(" \t\r\n[ 1 ,\n2 ] ")));
        }

        public static void WhatIsNotJsonIsRefused()
        {
            foreach (var row in new[]
            {
                new[] { "", "a value is missing" }, new[] { "nul", "no value" }, new[] { "[1,]", "no value" },
                new[] { "{\"a\":1,}", "a key is missing" }, new[] { "{a:1}", "a key is missing" },
                new[] { "[1 2]", "a comma is missing" },
                new[] { "01", "a zero in front" }, new[] { "-", "no value" }, new[] { "+1", "no value" },
                new[] { ".5", "no value" },
                new[] { "1.", "a digit is missing" }, new[] { "1e", "a digit is missing" }, new[] { "NaN", "no value" },
                new[] { "-Infinity", "no value" }, new[] { "1e999", "too large" },
                new[] { "9223372036854775808", "beyond 64 bits" },
                new[] { "-9223372036854775809", "beyond 64 bits" }, new[] { "99999999999999999999999",
                "beyond 64 bits" },
                new[] { "\"a", "a text has no end" }, new[] { "\"\t\"", "a control character" },
                new[] { "\"\\x\"", "an escape that there is not" },
                new[] { "\"\\u12g4\"", "four digits" }, new[] { "\"\\ud800\"", "half of a surrogate pair" },
                new[] { "\"\\udc00\"", "half of a surrogate pair" }, new[] { "\"\\ud800\\u0041\"",
                "half of a surrogate pair" },
                new[] { "{\"a\":1,\"\\u0061\":2}", "the key 'a' is there twice" }, new[] { "1 2",
                "text after the value" },
                new[] { "\ufeff1", "no value" }, new[] { "[", "a value is missing" }, new[] { "'a'", "no value" },
            })
                Expect.Contains(row[1], Expect.Throws<JsonError>(() => Read(row[0])));
        }

        public static void BytesThatAreNotUtf8AreRefused()
        {
            foreach (var bytes in new[]
            {
                new byte[] { 0xff }, new byte[] { 0xc3 }, new byte[] { 0xc0, 0x80 }, new byte[] { 0xe0, 0x80, 0x80 },
                new byte[] { 0xed, 0xa0, 0x80 },
                new byte[] { 0xf4, 0x90, 0x80, 0x80 },
                new byte[] { 0xf0, 0x80, 0x80, 0x80 },
                new byte[] { 0x80 }, new byte[] { 0xe2, 0x82, 0x41 }, new byte[] { 0xf5, 0x80, 0x80, 0x80 },
            })
            {
                var text = new List<byte> { (byte)'"' };
                text.AddRange(bytes);
                text.Add((byte)'"');
                Expect.Contains("not UTF-8", Expect.Throws<JsonError>(() => Json.Parse(text.ToArray())));
            }
        }

        public static void DepthIsLimitedBothWays()
        {
            Json.Parse(Bytes(new string('[', 64) + new string(']', 64)));
            Expect.Contains("deeper than 64",
                Expect.Throws<JsonError>(() => Read(new string('[', 65) + new string(']', 65))));
            Expect.Contains("deeper than", Expect.Throws<JsonError>(
                () => Json.Parse(Bytes(new string('[', 100000)), int.MaxValue)));
            var circle = new List<object>();
            circle.Add(circle);
            Expect.Contains("nested too deep", Expect.Throws<JsonError>(() => Json.Write(circle)));
        }

        public static void ValuesOfManyTypesAreWritten()
        {
            Expect.Equal("{\"total\":2,\"names\":[\"a\"],\"inner\":{\"x\":null}}",
                Written(new { total = 2, names = new[] { "a" }, inner = new { x = (object)null } }));
            Expect.Equal("[1,2,3,4,5,6,1.5,2.0,1E+300]", Written(
                new object[] { (byte)1, (short)2, (uint)3, 4UL, (sbyte)5, (ushort)6, 1.5f, 2.0, 1e300 }));
            Expect.Equal("{\"a\":1}", Written(new Dictionary<string, long> { { "a", 1 } }));
            Expect.Equal("{\"a\":[1]}", Written(Param.Parse("{\"a\":[1]}")));
        }

        public static void WhatJsonCannotHoldIsRefused()
        {
            Expect.Contains("NaN is not JSON", Expect.Throws<JsonError>(() => Json.Write(double.NaN)));
            Expect.Contains("Infinity is not JSON", Expect.Throws<JsonError>(() => Json.Write(float.PositiveInfinity)));
            Expect.Contains("beyond 64 bits", Expect.Throws<JsonError>(() => Json.Write(ulong.MaxValue)));
            Expect.Contains("keys are text",
                Expect.Throws<JsonError>(() => Json.Write(new Dictionary<int, int> { { 1, 1 } })));
            Expect.Contains("type DateTime is not JSON", Expect.Throws<JsonError>(() => Json.Write(DateTime.UtcNow)));
        }

        private static object Read(string text)
        {
            return Json.Parse(Bytes(text));
        }

        private static byte[] Bytes(string text)
        {
            return Encoding.UTF8.GetBytes(text);
        }

        private static string Written(object value)
        {
            return Encoding.UTF8.GetString(Json.Write(value));
        }
    }
}
