using System;
using System.Collections.Generic;
using System.Reflection;

namespace Elves.Protocol
{
    /// <summary>A function of an app.</summary>
    internal delegate Answer Function(Param param);

    /// <summary>The one instance of the app's class, and its functions by name.</summary>
    internal sealed class App
    {
        private readonly object instance;
        private readonly Dictionary<string, MethodInfo> methods = new Dictionary<string, MethodInfo>();
        private readonly Dictionary<string, Function> functions = new Dictionary<string, Function>();

        private App(object instance)
        {
            this.instance = instance;
        }

        /// <summary>The functions, sorted by code point.</summary>
        public string[] Names { get; private set; }

        /// <summary>Constructs the class that is named like the app, in whatever namespace.</summary>
        public static App Load(Assembly assembly, string name)
        {
            var type = Find(assembly, name.Replace('-', '_'));
            object instance;
            try
            {
                instance = Activator.CreateInstance(type);
            }
            catch (TargetInvocationException error)
            {
                throw error.InnerException ?? error;
            }
            var app = new App(instance);
            app.Collect(type);
            return app;
        }

        /// <summary>Returns a function, or null when there is none of that name.</summary>
        public Function Find(string name)
        {
            Function function;
            if (functions.TryGetValue(name, out function))
                return function;
            MethodInfo method;
            if (!methods.TryGetValue(name, out method))
                return null;
            // Made at the first call: most workers never need most of them.
            function = (Function)Delegate.CreateDelegate(typeof(Function), method.IsStatic ? null : instance, method);
            functions.Add(name, function);
            return function;
        }

        private static Type Find(Assembly assembly, string name)
        {
            Type found = null;
            foreach (var type in assembly.GetTypes())
            {
                if (type.Name != name || type.IsNested || !type.IsClass)
                    continue;
                if (found != null)
                    throw new TypeLoadException("there are two classes named " + name + ": " + found.FullName + " and "
                        + type.FullName);
                found = type;
            }
            if (found == null)
                throw new TypeLoadException("there is no class named " + name + " in " + assembly.GetName().Name);
            if (found.IsAbstract || found.GetConstructor(Type.EmptyTypes) == null)
                throw new TypeLoadException(
                    "the class " + name + " cannot be constructed: it needs a public constructor without parameters");
            return found;
        }

        private void Collect(Type type)
        {
            foreach (var method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static
                | BindingFlags.FlattenHierarchy))
            {
                var returnsAnswer = method.ReturnType == typeof(Answer);
                var parameters = method.GetParameters();
                var takesParam = parameters.Length == 1 && parameters[0].ParameterType == typeof(Param);
                if (!returnsAnswer && !takesParam)
                    continue;
                // Almost a function: silence would be a function that cannot be called.
                if (!returnsAnswer || !takesParam || method.IsGenericMethod)
                    throw new TypeLoadException(
                        "the public method " + method.Name + " is no function: write public Answer " + method.Name
                        + "(Param param), or make it private");
                if (methods.ContainsKey(method.Name))
                    throw new TypeLoadException("there are two functions named " + method.Name);
                methods.Add(method.Name, method);
            }
            Names = new string[methods.Count];
            methods.Keys.CopyTo(Names, 0);
            Array.Sort(Names, string.CompareOrdinal);
        }
    }
}
