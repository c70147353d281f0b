using System.Collections.Generic;

namespace Elves
{
    /// <summary>Members of a delivery's body, each of the kind it must be.</summary>
    internal static class Fields
    {
        public static string Text(Dictionary<string, object> data, string name)
        {
            var text = Find(data, name) as string;
            if (text == null)
                throw Wrong(name, "a text");
            return text;
        }

        public static long Integer(Dictionary<string, object> data, string name)
        {
            var integer = Find(data, name) as long?;
            if (integer == null)
                throw Wrong(name, "an integer");
            return integer.Value;
        }

        public static double Number(Dictionary<string, object> data, string name)
        {
            var value = Find(data, name);
            if (value is long)
                return (long)value;
            if (!(value is double))
                throw Wrong(name, "a number");
            return (double)value;
        }

        public static Dictionary<string, object> Members(Dictionary<string, object> data, string name)
        {
            var members = Find(data, name) as Dictionary<string, object>;
            if (members == null)
                throw Wrong(name, "an object");
            return members;
        }

        private static object Find(Dictionary<string, object> data, string name)
        {
            object value;
            data.TryGetValue(name, out value);
            return value;
        }

        private static Rejected Wrong(string name, string kind)
        {
            return new Rejected(RejectionCause.Body, "the body: \"" + name + "\" is not " + kind);
        }
    }
}
