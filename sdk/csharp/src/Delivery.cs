using System.Collections.Generic;

namespace Elves
{
    /// <summary>A verified request of a center.</summary>
    public sealed class Delivery
    {
        internal Delivery(string id, Dictionary<string, object> body)
        {
            Id = id;
            Type = Fields.Text(body, "type");
            if (Type == "task.finished")
                Outcome = new Outcome(Fields.Members(body, "data"));
        }

        /// <summary>The same each time this delivery is sent: remember those that were handled.</summary>
        public string Id { get; private set; }

        /// <summary>What it is about, such as <c>task.finished</c>.</summary>
        public string Type { get; private set; }

        /// <summary>How a task ended; null for types that this version does not know: answer those with 200.</summary>
        public Outcome Outcome { get; private set; }
    }
}
