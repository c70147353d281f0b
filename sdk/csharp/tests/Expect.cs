using System;

namespace Elves.Tests
{
    /// <summary>What a test claims.</summary>
    internal static class Expect
    {
        public static void True(bool condition, string what)
        {
            if (!condition)
                throw new Exception(what);
        }

        public static void Equal(object expected, object got, string what = "")
        {
            True(Equals(expected, got), what + " expected <" + expected + ">, got <" + got + ">");
        }

        public static void Contains(string part, string whole)
        {
            True(whole != null && whole.Contains(part), "expected <" + part + "> in <" + whole + ">");
        }

        /// <summary>Runs what must throw and returns the message.</summary>
        public static string Throws<T>(Action action) where T : Exception
        {
            try
            {
                action();
            }
            catch (T error)
            {
                return error.Message;
            }
            throw new Exception("nothing was thrown, expected " + typeof(T).Name);
        }
    }
}
