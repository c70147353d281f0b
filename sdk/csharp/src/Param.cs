using System.Collections.Generic;
using Elves.Protocol;

namespace Elves
{
    /// <summary>
    /// A parameter, or a part of one: any JSON value, with the place it came from.
    ///
    /// <c>param["name"].Text()</c> returns a text or throws a <see cref="BadParam"/> that names the place and what is
    /// wanted there; <c>param["name"].Text("world")</c> returns that when the member is null or not there.
    /// </summary>
    public sealed class Param
    {
        private readonly string place;

        /// <summary>
        /// Makes a parameter of a value as <see cref="Json.Parse"/> returns them, for tests and calls among functions.
        /// </summary>
        public Param(object value) : this(value, "")
        {
        }

        private Param(object value, string place)
        {
            Value = value;
            this.place = place;
        }

        /// <summary>
        /// The value as <see cref="Json.Parse"/> returns it; null also for a member that is not there.
        /// </summary>
        public object Value { get; private set; }

        /// <summary>Whether the value is there and not null.</summary>
        public bool Exists
        {
            get { return Value != null; }
        }

        /// <summary>A member of an object; one without value when the object has none of that name.</summary>
        public Param this[string name]
        {
            get
            {
                var members = Value as Dictionary<string, object>;
                if (members == null)
                    throw Wrong("an object");
                object value;
                members.TryGetValue(name, out value);
                return new Param(value, place.Length == 0 ? name : place + "." + name);
            }
        }

        /// <summary>Makes a parameter of JSON text, for tests.</summary>
        public static Param Parse(string json)
        {
            return new Param(Json.Parse(System.Text.Encoding.UTF8.GetBytes(json)));
        }

        /// <summary>The value as a text.</summary>
        public string Text(string otherwise = null)
        {
            return Value as string ?? Missing(otherwise) as string ?? Fail<string>("a text");
        }

        /// <summary>The value as an integer.</summary>
        public long Integer(long? otherwise = null)
        {
            return Value as long? ?? Missing(otherwise) as long? ?? Fail<long>("an integer");
        }

        /// <summary>The value as a number, whole or not.</summary>
        public double Number(double? otherwise = null)
        {
            if (Value is long)
                return (long)Value;
            return Value as double? ?? Missing(otherwise) as double? ?? Fail<double>("a number");
        }

        /// <summary>The value as true or false.</summary>
        public bool Flag(bool? otherwise = null)
        {
            return Value as bool? ?? Missing(otherwise) as bool? ?? Fail<bool>("true or false");
        }

        /// <summary>
        /// The elements of a list; none when it is null or not there and <paramref name="mayBeMissing"/>.
        /// </summary>
        public List<Param> Items(bool mayBeMissing = false)
        {
            var elements = Value as List<object>;
            if (elements == null && !(Value == null && mayBeMissing))
                throw Wrong("a list");
            var items = new List<Param>();
            if (elements == null)
                return items;
            foreach (var element in elements)
                items.Add(new Param(element, place + "[" + items.Count + "]"));
            return items;
        }

        /// <summary>The names of an object's members, in the order they came.</summary>
        public List<string> Names()
        {
            var members = Value as Dictionary<string, object>;
            if (members == null)
                throw Wrong("an object");
            return new List<string>(members.Keys);
        }

        private object Missing(object otherwise)
        {
            return Value == null ? otherwise : null;
        }

        private T Fail<T>(string wanted)
        {
            throw Wrong(wanted);
        }

        /// <summary>A refusal of this value that names its place; the text says what to pass instead.</summary>
        public BadParam Wrong(string wanted)
        {
            var name = place.Length == 0 ? "the parameter" : place;
            if (Value == null)
                return new BadParam(name + " is missing: pass " + wanted);
            var writer = new JsonWriter();
            writer.Value(Value, Json.Depth);
            var shown = System.Text.Encoding.UTF8.GetString(writer.Buffer, 0, writer.Length);
            if (shown.Length > 60)
                shown = shown.Substring(0, 57) + "...";
            return new BadParam(name + " is " + shown + ": pass " + wanted);
        }
    }
}
